"""Milliseconds that torchaudio takes for the mel filterbank of one 5 s window: five rounds as a JSON list."""

import json
import time

import torch
import torchaudio

torch.set_num_threads(1)
samples = torch.sin(torch.arange(80_000) / 7.0).unsqueeze(0) * 0.3 + torch.randn(1, 80_000) * 0.01


def fbank():
    torchaudio.compliance.kaldi.fbank(
        samples, num_mel_bins=40, low_freq=0, high_freq=7500, sample_frequency=16_000, dither=0
    )


rounds = []
for _ in range(6):
    started, calls = time.perf_counter(), 0
    while time.perf_counter() - started < 0.3:
        fbank()
        calls += 1
    rounds.append((time.perf_counter() - started) * 1000 / calls)
print(json.dumps(rounds[1:]))  # the first one warms up
