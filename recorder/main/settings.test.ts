import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshFolder } from '../fixtures/recording.ts'
import { readSettings } from './settings.ts'

const secret = 'nobodys-own-word'
const withPassword = ['https://reader', `${secret}@s3.example.com/bucket`].join(':')
const keyFile = (text = `AKIDEXAMPLE\n${secret}\n`): string => {
  const path = join(freshFolder(), 'key')
  writeFileSync(path, text)
  return path
}
const s3 = (more: Record<string, string> = {}) => ({
  ZH_SEGMENTS_S3: 'https://s3.example.com/traffic/zhongheng',
  ZH_SEGMENTS_S3_KEY_FILE: keyFile(),
  ...more,
})

describe('the store in the recorder’s settings', () => {
  it('is none: segments stay where they were written', () => {
    expect(readSettings({}).store).toBeNull()
  })

  it('is a folder, or a bucket; segments stay here a week besides', () => {
    expect(readSettings({ ZH_SEGMENTS_FOLDER: '/mnt/traffic' }).store).toEqual({
      place: { kind: 'folder', path: '/mnt/traffic' },
      keepMs: 7 * 86_400_000,
      cacheBytes: 1024 * 1_048_576,
    })
    expect(readSettings(s3({ ZH_SEGMENTS_KEEP_DAYS: '0' })).store).toMatchObject({
      place: { kind: 's3', region: 'us-east-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret },
      keepMs: 0,
    })
    expect(readSettings(s3({ ZH_SEGMENTS_S3: 'http://127.0.0.1:8000/traffic' })).store).not.toBeNull()
  })

  it.each<[string, () => Record<string, string>, string]>([
    ['both at once', () => ({ ...s3(), ZH_SEGMENTS_FOLDER: '/mnt' }), 'ZH_SEGMENTS_FOLDER and ZH_SEGMENTS_S3'],
    ['days without a store', () => ({ ZH_SEGMENTS_KEEP_DAYS: '3' }), 'ZH_SEGMENTS_KEEP_DAYS'],
    [
      'another machine without TLS',
      () => s3({ ZH_SEGMENTS_S3: 'http://s3.example.com/traffic' }),
      'ZH_SEGMENTS_S3 must',
    ],
    ['no bucket', () => s3({ ZH_SEGMENTS_S3: 'https://s3.example.com/' }), 'ZH_SEGMENTS_S3 must'],
    [
      'a path that climbs',
      () => s3({ ZH_SEGMENTS_S3: 'https://s3.example.com/traffic/%2e%2e/x' }),
      'ZH_SEGMENTS_S3 must',
    ],
    ['a query', () => s3({ ZH_SEGMENTS_S3: 'https://s3.example.com/traffic?x=1' }), 'ZH_SEGMENTS_S3 must'],
    ['a password in the address', () => s3({ ZH_SEGMENTS_S3: withPassword }), 'ZH_SEGMENTS_S3 must'],
    ['no file of credentials', () => ({ ZH_SEGMENTS_S3: 'https://s3.example.com/traffic' }), 'ZH_SEGMENTS_S3_KEY_FILE'],
    ['a file that is not there', () => s3({ ZH_SEGMENTS_S3_KEY_FILE: '/nowhere' }), 'ZH_SEGMENTS_S3_KEY_FILE=/nowhere'],
    ['one line of credentials', () => s3({ ZH_SEGMENTS_S3_KEY_FILE: keyFile(secret) }), 'must hold two lines'],
    ['a region with blanks', () => s3({ ZH_SEGMENTS_S3_REGION: 'eu west' }), 'ZH_SEGMENTS_S3_REGION'],
    ['authorities that are none', () => s3({ ZH_SEGMENTS_S3_CA: keyFile() }), 'ZH_SEGMENTS_S3_CA'],
    ['half a day', () => s3({ ZH_SEGMENTS_KEEP_DAYS: '0.5' }), 'ZH_SEGMENTS_KEEP_DAYS must be a whole number'],
    ['a cache below a segment', () => s3({ ZH_SEGMENTS_CACHE_MB: '10' }), 'ZH_SEGMENTS_CACHE_MB'],
  ])('%s: is refused by name, and no secret is repeated', (_what, envOf, named) => {
    const env = envOf()
    let said = ''
    try {
      readSettings(env)
    } catch (fault) {
      said = String(fault)
    }
    expect(said).toContain(named)
    expect(said).not.toContain(secret)
  })
})
