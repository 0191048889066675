import { findSecret, issueToken } from '#libs/device-tokens';
import { Command, InvalidArgumentError } from 'commander';

const LONGEST_DAYS = 3_650;
const DAY_MS = 86_400_000;

export function issueTokenCommand(): Command {
  return new Command('issue-token')
    .usage('-- issue-token [options]')
    .description('Signs a token with which one device sends for one subject. The last line is JSON; keep it secret.')
    .requiredOption('--subject <id>', 'whose breath it is, a pseudonym')
    .requiredOption('--device <id>', 'the device that sends')
    .option('--days <n>', 'how long it is valid', days, 30)
    .addHelpText('after', '\nExample:\n  npm run gateway -- issue-token --subject anna --device headphones-1 --days 30')
    .action(async (options: { subject: string; device: string; days: number }) => {
      const expiresAtMs = Date.now() + options.days * DAY_MS;
      const secret = findSecret(process.env, process.env['EUPNEA_HOME'] ?? '.eupnea');
      const { subject: subjectId, device: deviceId } = options;
      const { tokenId, token } = await issueToken(secret, { subjectId, deviceId, expiresAtMs });
      console.log(
        JSON.stringify({ tokenId, subjectId, deviceId, expiresAt: new Date(expiresAtMs).toISOString(), token }),
      );
    });
}

function days(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value > LONGEST_DAYS)
    throw new InvalidArgumentError(`A number above 0, up to ${LONGEST_DAYS}, is needed.`);
  return value;
}
