import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { socketPath } from './sockets.ts'

it('a socket lies in the run folder while the kernel can take its path', () => {
  expect(socketPath('/var/lib/zhongheng/run', 'recorder.sock')).toBe('/var/lib/zhongheng/run/recorder.sock')
})

it('a longer path gives way to a short folder, the same for every program and every socket', () => {
  const run = `/srv/${'衡'.repeat(40)}/run`
  const path = socketPath(run, 'recorder-intake.sock')
  expect(path.startsWith(tmpdir()) || path.startsWith('/tmp')).toBe(true)
  expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100)
  expect(dirname(socketPath(run, 'recorder.sock'))).toBe(dirname(path))
  expect(dirname(socketPath(`${run}2`, 'recorder.sock'))).not.toBe(dirname(path))
})
