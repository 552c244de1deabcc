import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Calls by which a log changes its folder. `writeSync` sets nodes aside for proofs, which may be lost. */
const changing = ['open', 'rename', 'rm', 'writeFile', 'mkdir', 'link'] as const
const ofFiles = ['write', 'writeFile', 'datasync', 'sync', 'truncate', 'close'] as const

type Any = (this: unknown, ...args: never[]) => Promise<unknown>

/**
 * Does the work and stands still before each change that it makes on the disk, and in the middle of each write to an open
 * file: what lies in the folder then is what a process killed there leaves behind.
 * @param onStep gets the step's number and name; must not wait
 */
export async function standStillAtEachStep(work: () => Promise<void>, onStep: (step: string) => void): Promise<void> {
  const undo: (() => void)[] = []
  const replace = <T extends object>(owner: T, name: keyof T & string, before: (args: never[]) => void): void => {
    const real = owner[name] as Any
    const standing: Any = function standing(...args) {
      before(args)
      return real.apply(this, args)
    }
    owner[name] = standing as T[keyof T & string]
    undo.push(() => {
      owner[name] = real as T[keyof T & string]
    })
  }
  const some = await fs.promises.open('/dev/null', 'r')
  const ofFile = Object.getPrototypeOf(some) as typeof some
  await some.close()
  for (const name of changing) replace(fs.promises, name, () => onStep(name))
  for (const name of ofFiles) replace(ofFile, name, () => onStep(`file.${name}`))
  tearWrites(ofFile, onStep, undo)
  syncBuiltinESMExports()
  try {
    await work()
  } finally {
    for (const back of undo.reverse()) back()
    syncBuiltinESMExports()
  }
}

/** The first half of a record reaches the disk before the rest does. */
function tearWrites(ofFile: fs.promises.FileHandle, onStep: (step: string) => void, undo: (() => void)[]): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its own file below
  const whole = ofFile.write as unknown as (
    this: unknown,
    bytes: Buffer,
    offset: number,
    length: number,
    position: number,
  ) => Promise<unknown>
  const torn: typeof whole = async function torn(bytes, offset, length, position) {
    await whole.call(this, bytes, offset, Math.floor(length / 2), position)
    onStep('torn write')
    return whole.call(this, bytes, offset, length, position)
  }
  ofFile.write = torn as unknown as typeof ofFile.write
  undo.push(() => {
    ofFile.write = whole as unknown as typeof ofFile.write
  })
}
