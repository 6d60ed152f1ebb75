import { existsSync } from 'node:fs';
import { type Config, configFrom } from '../../config/config.ts';
import { ConfigError, readEnvironment, settingNames } from '../../config/env.ts';
import { nearest } from '../nearest.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

type Source = Record<string, string | undefined>;

/** The settings, and whatever is wrong with them. Without settings nothing else can be looked at. */
export function examineEnvironment(source: Source): { findings: Finding[]; config: Config | undefined } {
  const misspelt = Object.keys(source).flatMap((name) => {
    // Short names are near to too much.
    if (settingNames.includes(name) || name.length < 6) return [];
    const meant = nearest(
      name,
      settingNames.filter((setting) => setting.length >= 6 && source[setting] === undefined),
    );
    return meant && distinctive(name, meant)
      ? [warning('environment', `${name} is no setting of Tandem’s.`, `Did you mean ${meant}? Rename it.`)]
      : [];
  });
  try {
    const config = configFrom(readEnvironment(source));
    return { findings: [...misspelt, ...examineConfig(config), ok('environment', modeOf(config))], config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const wrong = error.problems.map((sentence) => {
      const [name = '', ...rest] = sentence.split(': ');
      return problem('environment', `${name} is missing or wrong.`, capitalized(rest.join(': ')));
    });
    return { findings: [...misspelt, ...wrong], config: undefined };
  }
}

function examineConfig(config: Config): Finding[] {
  const findings: Finding[] = [];
  if (!config.roles.web || !config.roles.worker) {
    const [has, lacks] = config.roles.web ? ['web', 'worker'] : ['worker', 'web'];
    findings.push(
      ok('environment', `This process is ${has} only: there has to be one with ROLES=${lacks} on the same database.`),
    );
  }
  if (!config.local && !config.store.databaseUrl) {
    const container = existsSync('/.dockerenv') || existsSync('/run/.containerenv');
    findings.push(
      warning(
        'environment',
        `A Twilio account is connected, and the database is the embedded one in ${config.store.dataDir}${container ? ', inside a container' : ''}.`,
        `Set DATABASE_URL, or keep ${config.store.dataDir} on a disk that survives and is backed up.`,
      ),
    );
  }
  if (config.http.publicUrl?.startsWith('https:') && config.http.trustedProxies === 0) {
    findings.push(
      warning(
        'environment',
        'PUBLIC_URL is https, so a proxy stands in front, and TRUSTED_PROXIES is 0: whoever guesses tokens makes everybody wait.',
        'Set TRUSTED_PROXIES to the number of proxies that add to X-Forwarded-For.',
      ),
    );
  }
  if (config.log.bodies) {
    findings.push(
      warning(
        'environment',
        'LOG_BODIES is true: the log holds what customers write.',
        'Unset it when you have seen what you need.',
      ),
    );
  }
  return findings;
}

function modeOf(config: Config): string {
  return config.local
    ? 'Local mode: the carrier is simulated, and nothing leaves this machine.'
    : `The account ${config.twilio.accounts[0]?.accountSid} is connected.`;
}

/** MAIL_HOST is as near to MAX_HOST as chance has it; ours begin alike. */
function distinctive(name: string, meant: string): boolean {
  return name.slice(0, 3) === meant.slice(0, 3) || name.slice(-4) === meant.slice(-4);
}

const capitalized = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, '.');
