import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The libraries in layers: each imports only from layers below its own, apps import libraries, nobody imports an app.
 * A new library takes the lowest layer that holds everything it needs.
 */
const LAYERS = [
  ['contracts'],
  [
    'agreement',
    'audio',
    'breath-synthesis',
    'device-client',
    'device-tokens',
    'features',
    'fitness',
    'platform',
    'plots',
    'tensorflow',
    'yaml-source',
  ],
  ['breath-model', 'chunk-checks', 'local-clickhouse', 'local-kafka', 'messaging', 'pooling', 'store', 'windowing'],
  ['alert-rules', 'estimation'],
  ['delivery'],
  ['alert-control'],
];

/** A relative import that leaves its own room: inside one, nobody goes through a `src` folder. */
const ELSEWHERE = '^\\..*(/src/|/apps/|/libs/)';

const libraryRules = LAYERS.flatMap((libraries, layer) => {
  const above = LAYERS.slice(layer).flat();
  return libraries.map((library) => ({
    files: [`libs/${library}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^#libs/(${above.join('|')})$`,
              message: `libs/${library} is in layer ${layer} and imports only from the layers below (eslint.config.js).`,
            },
            { regex: ELSEWHERE, message: 'Import a library by its name (#libs/NAME), and never an app.' },
          ],
        },
      ],
    },
  }));
});

/** Nest, the network, the clock and the environment stay out of the pure core. */
const PURE = [
  'chunk-checks',
  'estimation',
  'agreement',
  'audio',
  'breath-synthesis',
  'contracts',
  'delivery',
  'features',
  'fitness',
  'pooling',
  'alert-rules',
  'windowing',
  'yaml-source',
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.eupnea/', 'libs/contracts/src/generated/', 'models/'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['**/*.ts'], rules: { 'no-undef': 'off' } }, // the compiler knows better
  ...libraryRules,
  {
    files: ['apps/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: ELSEWHERE, message: 'An app imports libraries by name (#libs/NAME), never another app.' },
          ],
        },
      ],
    },
  },
  {
    files: PURE.map((library) => `libs/${library}/src/**/*.ts`),
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'The pure core reads no environment.' }],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: 'Time comes from the log.' }],
    },
  },
  {
    files: ['apps/*/public/**/*.js'], // runs in browsers as it is
    languageOptions: {
      globals: Object.fromEntries(
        ['document', 'fetch', 'EventSource', 'setTimeout', 'setInterval'].map((name) => [name, 'readonly']),
      ),
    },
  },
  { files: ['**/*.{js,mjs}', '**/*.test.ts', 'test/**/*.ts'], rules: { 'max-lines': 'off' } },
);
