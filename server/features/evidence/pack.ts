import { PassThrough } from 'node:stream'
import { writePack } from '@zhongheng/ledger/pack/write-pack.ts'
import type { FileReply, Later } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { withinBudget } from '../readings/reads.ts'
import { packInput } from './pack-contents.ts'

/**
 * The evidence pack of a whole engagement at once: streamed, with nothing of it kept on the server. Credentials are
 * withheld; who needs more, or may wait, asks the builder.
 * @throws Problem too_many READING-1, READING-2
 */
export async function buildPack(work: Work, engagement: EngagementHandle): Promise<Later<FileReply>> {
  const about = { kind: 'engagement', engagementId: engagement.id, findingId: null, from: null, to: null } as const
  const budget = await withinBudget(work, engagement, 'pack', engagement.id)
  const entry = {
    engagementId: engagement.id,
    subject: engagement.id,
    role: engagement.role,
    audience: 'parties',
  } as const
  work.record({
    ...entry,
    kind: 'pack.built',
    facts: { kind: about.kind, redaction: 'secrets', madeAt: work.now.toISOString() },
  })
  // Built and read at once.
  work.record({ ...entry, kind: 'pack.read', facts: { kind: about.kind, ...budget } })
  const { actor, deps } = work
  return {
    later: async () => {
      const input = await packInput(deps, actor, { engagement, about, redaction: 'secrets' })
      const out = new PassThrough()
      // A fault in the middle breaks the download instead of ending it as if it were whole.
      writePack(out, input).catch((error: unknown) =>
        out.destroy(error instanceof Error ? error : new Error(String(error))),
      )
      return { bytes: out, name: `${engagement.row.number}-evidence.zip` }
    },
  }
}
