import { type Command, Option } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CampaignOptions, type PlannedTraining, finishedResult, openCampaign } from '../paper/campaign.js'; // prettier-ignore
import { type RecipeText, buildReport } from '../paper/report/report.js';
import { writeReport } from '../paper/report/write-report.js';
import { runCampaign } from '../paper/run-campaign.js';
import { packageVersion } from '../setup/versions.js';
import { campaignProgress } from './campaign-progress.js';
import { atLeastOne } from './options.js';
import { withProgress } from './progress.js';

type PaperOptions = CampaignOptions & { jobs: number };

/** `trainer paper`: everything behind the paper's tables and figures, on any set of counted segments. */
export function addPaperCommand(program: Command): void {
  program
    .command('paper')
    .description("trains what the paper's tables and figures need, and writes the report")
    .requiredOption('--data <folder>', 'counted segments in either layout of docs/data.md')
    .requiredOption('--out <folder>', 'takes the split, the trainings and the report')
    .option('--noise <folder>', 'noise for augmentation, when it is not beside the data')
    .option('--seeds <number>', 'trainings per recipe', atLeastOne, 3)
    .option('--jobs <number>', 'trainings side by side; each keeps about one core busy', atLeastOne, 1)
    .option('--only <names>', 'these recipes alone, with commas between them', (text: string) => text.split(','))
    .option('--quick', 'few people, few epochs, one seed: shows in minutes that everything works')
    .addOption(
      new Option('--backend <name>', 'node needs `trainer setup`; portable does not and is many times slower')
        .choices(['node', 'portable'])
        .default('node'),
    ) // prettier-ignore
    .addHelpText(
      'after',
      `
Stopped, the same command goes on where it was. It ends with one line of JSON.

Examples:
  npm run trainer -- paper --data ../shared/data --out docs/paper/coswara --jobs 2
  npm run trainer -- paper --data ../shared/data --out /tmp/quick --quick`,
    )
    .action((options: PaperOptions) => paperCommand(options));
}

async function paperCommand(options: PaperOptions): Promise<void> {
  const campaign = await withProgress('decoding', (update) => openCampaign(options, update));
  const pending = campaign.trainings.filter((training) => finishedResult(campaign, training) === undefined);
  console.error(`${campaign.trainings.length} trainings, ${campaign.trainings.length - pending.length} of them finished before`); // prettier-ignore
  const progress = campaignProgress(pending);
  try {
    await runCampaign(campaign, pending, options, progress);
  } finally {
    progress.stop();
  }
  const { backend, quick = false } = options;
  const results = campaign.trainings.flatMap((training) => finishedResult(campaign, training) ?? []);
  const { set, split } = campaign;
  const report = await buildReport({ set, split, results, quick, backend, version: packageVersion(), recipes: recipeTexts(campaign.trainings) }); // prettier-ignore
  writeReport(options.out, report);
  console.error(`${join(options.out, 'report.html')} is the report`);
  console.log(JSON.stringify(report.summary));
}

/** The base first, then each recipe that was used. */
function recipeTexts(trainings: readonly PlannedTraining[]): RecipeText[] {
  const names = ['paper', ...new Set(trainings.map(({ recipe }) => recipe.name))];
  return names.map((name) => ({ name, text: readFileSync(join('recipes', `${name}.yaml`), 'utf8') }));
}
