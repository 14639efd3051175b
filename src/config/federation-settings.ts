import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { checkCompletionLimits } from '../graphql/federation/completion-queue.ts';
import { type Contribution, readContributions } from '../graphql/federation/contribution.ts';
import type { FederationConfig, RouterConfig } from './config-shape.ts';
import type { federationSchema, routerSchema } from './federation-schema.ts';
import { settingAt } from './interpolate.ts';
import { createSecret } from './secret.ts';

/**
 * What a federated router finds here, as the file says.
 *
 * @param document How the file is named in messages.
 * @throws {ConfigError} With what is wrong in one line.
 */
export function readFederation(content: z.output<typeof federationSchema>, document: string): FederationConfig {
  const { sdl, maxRepresentations, limits } = content;
  const { deadline: deadlineMs, ...counts } = limits;
  const given = { ...counts, deadlineMs };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const contribute = content.contribute as readonly Contribution[];
  try {
    readContributions(contribute);
    return { sdl, maxRepresentations, contribute, limits: checkCompletionLimits(present) };
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const [place = '', ...problem] = cause.message.split(': ');
    throw new ConfigError({
      setting: `${settingAt(document, ['federation'])}.${place}`,
      problem: 'is not valid',
      allowed: problem.join(': '),
      cause,
    });
  }
}

/** @throws {ConfigError} Where the header serves another purpose. */
export function readRouter(content: z.output<typeof routerSchema>, document: string): RouterConfig {
  const { header, secrets, maxAge: maxAgeMs, project, projects } = content;
  if (['authorization', 'x-api-key', 'api-key', 'cookie'].includes(header)) {
    throw new ConfigError({
      setting: settingAt(document, ['auth', 'router', 'header']),
      problem: 'serves another purpose',
      allowed: 'another header, such as x-tollgate-identity',
    });
  }
  return {
    header,
    secrets: secrets.map(createSecret),
    maxAgeMs,
    ...(project === undefined ? {} : { projectId: project }),
    ...(projects === undefined ? {} : { projects }),
  };
}
