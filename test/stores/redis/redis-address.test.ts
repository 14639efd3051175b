import { describe, expect, test } from 'vitest';
import { readRedisAddress } from '../../../src/stores/redis/redis-address.ts';

describe('the address of redis', () => {
  test('is read with user, password and database, decoded', () => {
    expect(readRedisAddress('redis://us%40er:p%3A%2Fss@10.0.0.1:6380/3')).toEqual({
      host: '10.0.0.1',
      port: 6380,
      username: 'us@er',
      password: 'p:/ss',
      database: 3,
      isTls: false,
      isCluster: false,
    });
    expect(readRedisAddress('rediss://[::1]?cluster=true')).toEqual({
      host: '::1',
      port: 6379,
      database: 0,
      isTls: true,
      isCluster: true,
    });
  });

  test('is refused where it is none, without a word of what it holds', () => {
    const wrong = [
      'marigold',
      'http://marigold:6379',
      'redis://u:marigold@host:6379/x',
      'redis://u:marigold@host/1?cluster=true',
      'redis://u:marigold@host?cluster=yes',
      'redis://u:marigold@host?other=1',
      'redis://u:marigold@:6379',
    ];
    for (const text of wrong) {
      expect(() => readRedisAddress(text)).toThrow(TypeError);
      expect(() => readRedisAddress(text)).not.toThrow(/marigold/);
    }
  });
});
