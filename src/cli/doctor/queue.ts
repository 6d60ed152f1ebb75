import { Redis } from 'ioredis';
import type { Config } from '../../config/config.ts';
import { type Finding, ok, problem, reasonOf } from './finding.ts';

const PATIENCE = 5_000;

export async function examineQueue(config: Config): Promise<Finding[]> {
  const { redisUrl } = config.queue;
  if (redisUrl === undefined) return [ok('queue', 'Wake-ups go through PostgreSQL.')];
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: PATIENCE,
    commandTimeout: PATIENCE,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let said: unknown;
  redis.on('error', (error) => {
    said = error;
  });
  try {
    await redis.connect();
    const info = await redis.info();
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
    const version = /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1];
    if (policy !== undefined && policy !== 'noeviction') {
      return [
        problem(
          'queue',
          `Redis forgets keys when its memory is full (maxmemory-policy ${policy}).`,
          'Set maxmemory-policy noeviction on this Redis: jobs that it forgets are late.',
        ),
      ];
    }
    return [ok('queue', `Redis ${version ?? ''} answers.`.replace('  ', ' '))];
  } catch (error) {
    const reason = reasonOf(said ?? error);
    const fix = /NOAUTH|WRONGPASS|auth/i.test(reason)
      ? 'Correct the password in REDIS_URL (redis://:password@host:6379).'
      : 'Start Redis, or correct REDIS_URL. Nothing is lost meanwhile: wake-ups come from PostgreSQL, later.';
    return [problem('queue', `Redis cannot be used (${reason}).`, fix)];
  } finally {
    redis.disconnect();
  }
}
