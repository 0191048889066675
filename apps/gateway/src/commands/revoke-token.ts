import { TOPICS, encode } from '#libs/contracts';
import { LogProducer, createKafka, ensureTopics } from '#libs/messaging';
import { createLogger, kafkaSettings, loadConfig, logSettings } from '#libs/platform';
import { Command } from 'commander';
import { z } from 'zod';

export function revokeTokenCommand(): Command {
  return new Command('revoke-token')
    .usage('-- revoke-token <id>')
    .description('Makes a token invalid at every gateway, for good; open connections with it are closed.')
    .argument('<id>', 'the tokenId that issue-token printed')
    .addHelpText('after', '\nExample:\n  npm run gateway -- revoke-token 0b54ae1c-95b5-4f0e-9d6b-0f6ab8d5ac4f')
    .action(revoke);
}

async function revoke(tokenId: string): Promise<void> {
  const settings = loadConfig(z.object({ ...kafkaSettings, ...logSettings }));
  const kafka = createKafka(settings.KAFKA_BROKERS, 'eupnea-revoke-token', createLogger('gateway', settings.LOG_LEVEL));
  const producer = new LogProducer(kafka);
  await ensureTopics(kafka, [TOPICS.tokens]);
  const revokedAt = Date.now();
  const value = encode('TokenRevocation', { tokenId, revokedAt });
  await producer.append([{ topic: TOPICS.tokens, key: tokenId, value }]);
  await producer.disconnect();
  console.log(JSON.stringify({ tokenId, revokedAt: new Date(revokedAt).toISOString() }));
}
