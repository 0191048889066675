import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeIf } from '../../../../test/support/describe-if.js';
import { recordingsAreThere, recordingsFolder } from '../../../../test/support/recordings.js';
import { writeTinyData } from '../testing/tiny.js';
import { loadSegmentSet } from './load-segment-set.js';

describe('a folder laid out like coswara-breath', () => {
  let folder: string;
  beforeEach(() => (folder = writeTinyData()));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is a set of whole counts, at home and without pulse, with the noise that lasts', () => {
    const progress: string[] = [];
    const set = loadSegmentSet(folder, { onProgress: (files, of) => progress.push(`${files}/${of}`) });
    expect(set).toMatchObject({ name: 'breath', simulated: false, pulses: [] });
    expect(set.recordings.get('cw91_deep')).toMatchObject({ subjectId: 'cw91', environment: 'indoor', stage: 'none' });
    expect(set.recordings.get('cw91_deep')?.samples).toHaveLength(12 * 16_000);
    expect(set.segments).toHaveLength(12);
    for (const { breaths, start, end, rrPerMinute } of set.segments) {
      expect(rrPerMinute).toBeCloseTo((60 * breaths) / (end - start), 12);
    }
    expect(set.noise.map(({ noiseId }) => noiseId)).toEqual(['rain_1', 'rain_2']); // no coughs
    expect(progress.at(-1)).toBe('8/8');
  });
});

describeIf(recordingsAreThere, `no recordings in ${recordingsFolder}`, 'the real recordings', () => {
  it('are 864 counted segments of 50 people', () => {
    const { segments, participants, recordings } = loadSegmentSet(recordingsFolder);
    expect(segments).toHaveLength(864);
    expect(participants.size).toBe(50);
    expect(recordings.size).toBe(88);
  });
});
