import { isIP } from 'node:net';
import { type BreathAlert, EupneaError } from '#libs/contracts';
import { type YamlSource, parseValue, parseYaml, placeOf } from '#libs/yaml-source';
import { AddressPolicy } from './address-policy.js';
import { matching } from './alert-matcher.js';
import { type ReceiverEntry, type ReceiversFile, type SecretPlace, receiversSchema } from './receivers-schema.js';

/** A receiver, ready to be told. Its secret stands apart from what may be logged. */
export type Receiver = ReceiverEntry & {
  addresses: AddressPolicy;
  /** The value of `secret` or `bearerToken`; undefined where there is none. */
  secretValue: string | undefined;
};

export interface Receivers {
  all: readonly Receiver[];
  /** Names of the receivers that routes give this alert to, each once. */
  routesOf(alert: BreathAlert): string[];
}

/** 128 bits, one a character at worst. */
const LEAST_SECRET_CHARACTERS = 16;

function invalidReceivers(faults: readonly string[]): EupneaError {
  return new EupneaError('RECEIVERS_INVALID', faults.join('\n'), {
    hint: 'docs/alerting.md explains every key, under Delivery.',
  });
}

/**
 * Reads receivers and routes.
 * @param secretAt the secret that stands there; undefined where there is none
 * @throws EupneaError RECEIVERS_INVALID with file, line and reason of every fault; it names no secret
 */
export function parseReceivers(
  text: string,
  file: string,
  secretAt: (place: SecretPlace) => string | undefined,
): Receivers {
  const source = parseYaml(text, file, invalidReceivers);
  const parsed = parseValue(source.value, receiversSchema, [source], invalidReceivers);
  const secrets = parsed.receivers.map((receiver) => {
    const place = secretPlaceOf(receiver);
    return place && secretAt(place)?.trim();
  });
  const faults = [...faultsOfReceivers(parsed, secrets, source), ...faultsOfRoutes(parsed, source)];
  if (faults.length > 0) throw invalidReceivers(faults);
  const routes = parsed.routes.map(({ match, receivers }) => {
    const { subject = [], rule = [], severity = [], labels = {} } = match;
    return { receivers, fits: matching({ subjects: subject, rules: rule, severities: severity, labels }) };
  });
  return {
    all: parsed.receivers.map((receiver, index) => ({
      ...receiver,
      addresses: policyOf(receiver),
      secretValue: secrets[index],
    })),
    routesOf: (alert) => [...new Set(routes.flatMap(({ fits, receivers }) => (fits(alert) ? receivers : [])))],
  };
}

const secretPlaceOf = (receiver: ReceiverEntry): SecretPlace | undefined =>
  receiver.kind === 'webhook' ? receiver.secret : receiver.bearerToken;

/** What is not encrypted goes only where somebody said that it may. */
const policyOf = ({ url, allowAddresses }: ReceiverEntry): AddressPolicy =>
  new AddressPolicy(allowAddresses, url.startsWith('https:'));

function faultsOfReceivers(
  { receivers }: ReceiversFile,
  secrets: readonly (string | undefined)[],
  source: YamlSource,
): string[] {
  const faults: string[] = [];
  receivers.forEach((receiver, index) => {
    const fault = (key: string, reason: string) =>
      faults.push(`${placeOf([source], ['receivers', index, key])}: receivers.${index}.${key}: ${reason}`);
    const { username, password, protocol, hostname, search, hash } = new URL(receiver.url);
    if (receivers.findIndex(({ name }) => name === receiver.name) < index) fault('name', 'the name is taken already');
    if (username !== '' || password !== '') fault('url', 'a URL here holds no user and no password');
    if (hash !== '') fault('url', 'a receiver never sees what stands behind #');
    if (receiver.kind === 'alertmanager' && search !== '') fault('url', "the API's path is put behind it: no ? here");
    const address = hostname.replace(/^\[|\]$/g, '');
    if (protocol === 'http:' && receiver.allowAddresses.length === 0) {
      fault('url', 'without https it needs allowAddresses, and goes only there');
    } else if (isIP(address) !== 0 && !policyOf(receiver).permits(address)) {
      fault('url', `${address} may not be connected to, since allowAddresses does not hold it`);
    }
    const place = secretPlaceOf(receiver);
    const key = receiver.kind === 'webhook' ? 'secret' : 'bearerToken';
    const secret = secrets[index];
    if (place && !secret)
      fault(
        key,
        `there is nothing in ${'env' in place ? `the environment variable ${place.env}` : `the file ${place.file}`}`,
      );
    else if (receiver.kind === 'webhook' && (secret?.length ?? 0) < LEAST_SECRET_CHARACTERS) {
      fault(key, `a secret has at least ${LEAST_SECRET_CHARACTERS} characters`);
    } else if (secret !== undefined && /[\r\n\0]/.test(secret)) fault(key, 'a secret is one line');
    else if (receiver.kind === 'alertmanager' && /[^\x20-\x7e]/.test(secret ?? '')) {
      fault(key, 'a token for a header holds printable ASCII only');
    }
  });
  return faults;
}

function faultsOfRoutes({ receivers, routes }: ReceiversFile, source: YamlSource): string[] {
  const faults: string[] = [];
  routes.forEach((route, index) => {
    route.receivers.forEach((name, at) => {
      if (receivers.some((receiver) => receiver.name === name)) return;
      faults.push(`${placeOf([source], ['routes', index, 'receivers', at])}: there is no receiver '${name}'`);
    });
  });
  receivers.forEach(({ name }, index) => {
    if (routes.some((route) => route.receivers.includes(name))) return;
    faults.push(`${placeOf([source], ['receivers', index, 'name'])}: no route leads to '${name}'`);
  });
  return faults;
}
