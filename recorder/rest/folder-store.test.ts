import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshFolder } from '../fixtures/recording.ts'
import { contentOf, finishedFile, storeContract } from '../fixtures/store-contract.ts'
import { FolderStore } from './folder-store.ts'

const freshStore = (): { readonly place: string; readonly known: string; readonly store: FolderStore } => {
  const folder = freshFolder()
  const place = join(folder, 'mnt')
  mkdirSync(place)
  const known = join(folder, 'store-mark')
  return { place, known, store: new FolderStore(place, known) }
}

storeContract('a folder', () => freshStore().store)

describe('a folder of segments', () => {
  it('is not made by the recorder: a mistake in the setting would be a new folder', async () => {
    const folder = freshFolder()
    const store = new FolderStore(join(folder, 'mtn'), join(folder, 'store-mark'))
    const { segment, path } = finishedFile()
    await expect(store.put(segment, path)).rejects.toMatchObject({ name: 'StoreFault', message: 'ENOENT' })
    expect(existsSync(join(folder, 'mtn'))).toBe(false)
  })

  it('is not written to when it is not mounted: an empty mount point is on the wrong disk', async () => {
    const { place, store } = freshStore()
    const [first, second] = [finishedFile(), finishedFile()]
    await store.put(first.segment, first.path)
    renameSync(place, `${place}.away`)
    mkdirSync(place)
    for (const ask of [() => store.put(second.segment, second.path), () => store.size(first.segment)])
      await expect(ask()).rejects.toThrow('the folder is not mounted, or empty')
    expect(readdirSync(place)).toEqual([])
    renameSync(place, `${place}.empty`)
    renameSync(`${place}.away`, place)
    await store.put(second.segment, second.path)
    expect(await store.size(second.segment)).toBe(second.segment.bytes)
  })

  it('belongs to one recorder', async () => {
    const { place, store } = freshStore()
    const { segment, path } = finishedFile()
    await store.put(segment, path)
    const other = new FolderStore(place, join(freshFolder(), 'store-mark'))
    await expect(other.put(segment, path)).rejects.toThrow('another recorder’s')
  })

  it('is taken up again after a kill while it was marked, and after one while a segment was copied', async () => {
    const { place, known, store } = freshStore()
    writeFileSync(known, 'begun 00112233445566778899aabbccddeeff')
    const { segment, path, content } = finishedFile()
    mkdirSync(join(place, segment.engagementId))
    writeFileSync(join(place, segment.engagementId, `.${segment.segmentId}.part`), 'half')
    await store.put(segment, path)
    expect((await contentOf(await store.get(segment)))?.equals(content)).toBe(true)
    expect(readdirSync(join(place, segment.engagementId))).toEqual([`${segment.segmentId}.zhs`])
  })
})
