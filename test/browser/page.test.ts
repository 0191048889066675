import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, Partitioners, type Producer, logLevel } from 'kafkajs';
import { type BrowserContext, type Page, chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BreathEstimate, TOPICS, encode } from '#libs/contracts';
import { Store } from '#libs/store';
import { describeIf } from '../support/describe-if.js';
import { sampleEstimate } from '../support/sample-estimate.js';
import { Stack, eventually } from '../support/stack.js';

const CANDIDATES = [
  process.env['CHROME_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const browserPath = CANDIDATES.find((path) => path !== undefined && existsSync(path));

describeIf(browserPath !== undefined, 'no Chromium (CHROME_PATH names one)', 'the page in a browser', () => {
  const profile = mkdtempSync(join(tmpdir(), 'eupnea-browser-'));
  const faults: string[] = [];
  let stack: Stack;
  let producer: Producer;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    stack = await Stack.start(['api']);
    producer = new Kafka({ brokers: [stack.kafkaBrokers], logLevel: logLevel.NOTHING }).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    context = await chromium.launchPersistentContext(profile, {
      executablePath: browserPath as string,
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on(
      'request',
      (request) => request.url().startsWith(stack.url('api')) || faults.push(`asked ${request.url()}`),
    );
  });
  afterAll(async () => {
    await context?.close();
    await producer?.disconnect();
    await stack?.stop();
    rmSync(profile, { recursive: true, force: true });
  });
  beforeEach(() => void faults.splice(0));

  async function record(estimates: BreathEstimate[]): Promise<void> {
    const store = new Store({ url: stack.clickhouseUrl });
    try {
      await store.record(estimates);
    } finally {
      await store.close();
    }
  }

  const text = (selector: string) => page.locator(selector).innerText();

  test('says what to do while nothing is stored, and that it is investigational', async () => {
    await page.goto(stack.url('api'));
    await page.getByText('No breath has been heard yet').waitFor();
    expect(await text('.notice')).toContain('Investigational');
    expect(faults).toEqual([]);
  });

  test('shows the rate of a subject, with gaps where no window was accepted, and follows it live', async () => {
    const sessionStartedAt = Date.now() - 180_000;
    const noisy = (window: number) => window >= 20 && window < 30;
    await record(
      Array.from({ length: 50 }, (_, window) =>
        sampleEstimate('anna', window, sessionStartedAt, { quality: noisy(window) ? 'noisy' : 'ok' }),
      ),
    );
    await page.goto(stack.url('api'));
    const card = '[data-subject="anna"]';
    await eventually(
      'the stored rate',
      () => text(`${card} .rate`),
      (rate) => rate === '15.5',
    );
    await eventually(
      'its state',
      () => text(`${card} .badge`),
      (state) => state === 'at rest',
    );
    const path = (await page.locator(`${card} .course path`).getAttribute('d')) ?? '';
    expect(path.match(/M/g)).toHaveLength(2);

    const news = sampleEstimate('anna', 58, sessionStartedAt, { rrPerMinute: 21.5, restState: 'active' });
    await producer.send({
      topic: TOPICS.estimates,
      messages: [{ key: 'anna', value: encode('BreathEstimate', news) }],
    });
    await eventually(
      'the new rate',
      () => text(`${card} .rate`),
      (rate) => rate === '21.5',
      10_000,
    );
    expect(await text(`${card} .badge`)).toBe('active');
    expect(faults).toEqual([]);
  });

  test('the OpenAPI page lists the paths and loads nothing from elsewhere', async () => {
    await page.goto(`${stack.url('api')}/docs`);
    await page.getByText('/v1/subjects/{subjectId}/estimates').first().waitFor();
    expect(faults).toEqual([]);
  });
});
