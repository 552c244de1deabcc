import { join } from 'node:path'
import { beginAnew } from '@zhongheng/contracts/records/exit-codes.ts'
import { FolderStore } from '../rest/folder-store.ts'
import { S3Store } from '../rest/s3-store.ts'
import type { SegmentStore } from '../rest/segment-store.ts'
import { realDisk } from '../segments/disk.ts'
import { Locked, lockFolder } from './lock.ts'
import { Recorder } from './recorder.ts'
import { readSettings, type StoreSettings } from './settings.ts'

/** A segment is sealed at 64 MiB, or when its content is a minute old. */
const limits = { bytes: 64 * 1024 * 1024, ageMs: 60_000 }
/** Kept free, so that what has been begun can end. */
const reserveBytes = 256 * 1024 * 1024
/** Longest time to seal at the end; the next start does what was not done. */
const stopWithinMs = 6000
/** The gateway hears why before the connection ends. */
const tellMs = 200

/** One line of JSON on stderr. Faults come with their name and code only: a message might hold what people sent. */
const log = (what: string, fault?: unknown): void => {
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : undefined
  const name = fault instanceof Error ? fault.name : undefined
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), program: 'recorder', what, name, code })}\n`)
}

const openStore = ({ place }: StoreSettings, folder: string): SegmentStore =>
  place.kind === 's3' ? new S3Store(place) : new FolderStore(place.path, join(folder, 'store-mark'))

try {
  const settings = readSettings()
  const unlock = lockFolder(settings.folder)
  const { store } = settings
  const recorder = await Recorder.start({
    ...settings,
    rest: store === null ? undefined : { ...store, store: openStore(store, settings.folder) },
    disk: realDisk,
    now: () => new Date(),
    limits,
    reserveBytes,
    onFault: log,
    onSyncFailed() {
      log('begins anew after a failed sync')
      // Nothing is sealed on the way out: a seal would vouch for bytes that may not be there.
      setTimeout(() => process.exit(beginAnew), tellMs).unref()
    },
  })
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    setTimeout(() => {
      log('could not seal in time')
      process.exit(1)
    }, stopWithinMs).unref()
    recorder.stop().then(
      () => {
        unlock()
        process.exit(0)
      },
      (fault: unknown) => {
        log('stop', fault)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.stdout.write(`${JSON.stringify({ ready: 'recorder' })}\n`)
} catch (fault) {
  process.stderr.write(
    `${JSON.stringify({ program: 'recorder', what: 'cannot start', why: fault instanceof Error ? fault.message : String(fault) })}\n`,
  )
  process.exit(fault instanceof Locked ? 3 : 1)
}
