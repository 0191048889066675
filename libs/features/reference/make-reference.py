"""Reference values for libs/features: torchaudio's Kaldi filterbank of a sound that both languages synthesise.

Needs Debian's python3-torchaudio 0.13.1. Writes reference.json beside this file:
    python3 libs/features/reference/make-reference.py
Silence, very quiet and DC-ridden parts are included; src/mel-filterbank.test.ts synthesises the same samples. A float32
FFT loses bands that lie far below the loudest one, so noise keeps every band within what torchaudio itself resolves.
"""

import json
import math
import pathlib

import torch
import torchaudio

RATE = 16_000
SECONDS = 2


def sound():
    state, samples = 12345, []
    for n in range(SECONDS * RATE):
        state = (1664525 * state + 1013904223) % 2**32
        noise = (state // 65536) / 65536 - 0.5
        t = n / RATE
        if n < 4000:
            value = 0.3 * math.sin(2 * math.pi * (100 * t + 4000 * t * t)) + 0.2 * noise
        elif n < 8000:
            value = 0.0  # digital silence
        elif n < 14000:
            value = 0.002 * noise + 0.25  # quiet, with DC
        elif n < 20000:
            value = 0.9 * noise * math.sin(2 * math.pi * 3 * t) ** 2
        elif n < 24000:
            value = 0.0001 * noise
        else:
            value = 0.2 * math.sin(2 * math.pi * 440 * t) + 0.02 * noise
        samples.append(round(value * 32767) / 32768)
    return samples


def log_mel(dtype, bands):
    return torchaudio.compliance.kaldi.fbank(
        torch.tensor([sound()], dtype=dtype), num_mel_bins=bands, low_freq=0, high_freq=7500, sample_frequency=RATE, dither=0
    )


def slopes(values):
    """Regression over two frames on either side, the first and the last frame repeated."""
    return torchaudio.functional.compute_deltas(values.T, win_length=5, mode="replicate").T


def picked(values, digits):
    return [[round(value, digits) for value in values[row].tolist()] for row in rows]


def reference(bands):
    # Its float32 rounding is far above ours in quiet bands, so the exact values stand beside it. In double its floor is
    # the double's epsilon, which only silence reaches.
    double = log_mel(torch.float64, bands).clamp(min=math.log(torch.finfo(torch.float32).eps))
    return {
        "float32": picked(log_mel(torch.float32, bands), 6),
        "float64": picked(double, 7),
        "deltas": picked(slopes(double), 7),
    }


frames = log_mel(torch.float32, 40).shape[0]
rows = [*range(0, frames, 12), frames - 1]
target = pathlib.Path(__file__).with_name("reference.json")
target.write_text(
    json.dumps(
        {
            "torchaudio": torchaudio.__version__,
            "frames": frames,
            "rows": rows,
            "bands": {bands: reference(bands) for bands in (20, 40, 64)},
        }
    )
    + "\n"
)
