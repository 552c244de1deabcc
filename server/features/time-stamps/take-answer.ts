import { Problem, type Text, say } from '@zhongheng/domain/shared/problem.ts'
import { judgeAnswer, type JudgedAnswer } from '@zhongheng/ledger/time-stamps/judge-answer.ts'
import { trustedAuthorities } from '@zhongheng/ledger/time-stamps/trusted-authorities.ts'
import { utf8 } from '@zhongheng/ledger/verify/bytes.ts'
import type { TimeStampView } from '@zhongheng/contracts/http/time-stamps.ts'
import type { Deps } from '../../work/deps.ts'
import { sha256, type Db, type Work } from '../../work/work.ts'
import type { StampRow } from './requests.ts'
import { viewStamp } from './view-stamps.ts'

/** Holds an answer against the request that was written down. @throws Error for authorities that cannot be read */
export const judge = (deps: Pick<Deps, 'settings'>, row: StampRow, answer: Uint8Array, now: Date): JudgedAnswer =>
  judgeAnswer(
    { request: row.request, bytes: utf8(row.note), askedAt: row.asked_at },
    answer,
    trustedAuthorities(deps.settings.timeStamps.caFile),
    now,
  )

/** Keeps an answer that was judged good, and records it. As the system role. */
export async function holdAnswer(
  work: Pick<Work, 'record' | 'actor'>,
  db: Db,
  row: StampRow,
  answer: Uint8Array,
  { stamp, authority }: Extract<JudgedAnswer, { ok: true }>,
  byHand: boolean,
): Promise<void> {
  await db
    .updateTable('time_stamps')
    .set({
      state: 'held',
      answer: Buffer.from(answer),
      stamped_at: stamp.at,
      policy: stamp.policy,
      authority,
      failure: null,
      next_try_at: null,
    })
    .where('id', '=', row.id)
    .execute()
  work.record({
    kind: 'ledger.time_stamped',
    engagementId: null,
    subject: row.id,
    role: byHand ? work.actor.orgKind : 'system',
    audience: 'house',
    facts: {
      size: Number(row.size),
      root: row.root,
      stampedAt: stamp.at.toISOString(),
      sha256: sha256(answer),
      byHand,
    },
  })
}

/**
 * Takes an answer that somebody carried here.
 * @throws Problem wrong_state TSTAMP-2 when none is waited for, refused TSTAMP-3 with what is wrong about it
 */
export async function takeAnswer(work: Work, row: StampRow, base64: string): Promise<TimeStampView> {
  if (row.state !== 'asked' && row.state !== 'exported')
    throw new Problem('wrong_state', say('该请求已不再等待应答', 'this request waits for no answer any more'), {
      rule: 'TSTAMP-2',
    })
  const answer = Buffer.from(base64, 'base64')
  const judged = judge(work.deps, row, answer, work.now)
  if (!judged.ok) throw refusedAnswer(judged.what)
  // Rows of the installation: people read them, the platform writes them.
  return work.asSystem(async (db) => {
    await holdAnswer(work, db, row, answer, judged, true)
    return viewStamp(
      work,
      await db.selectFrom('time_stamps').selectAll().where('id', '=', row.id).executeTakeFirstOrThrow(),
    )
  })
}

const refusedAnswer = (what: Text): Problem =>
  new Problem('refused', what, {
    rule: 'TSTAMP-3',
    fields: [
      {
        field: 'body.answer',
        limit: say(
          '对此请求的 RFC 3161 应答，由受信任的机构签发',
          'the RFC 3161 answer to this very request, signed by a trusted authority',
        ),
        fix: say(
          '用下载的请求文件重新取得应答；机构证书由 ZH_TSA_CA 指定',
          'get the answer to the downloaded request again; ZH_TSA_CA names the authorities',
        ),
      },
    ],
  })
