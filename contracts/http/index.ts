import { accountHttp } from './account.ts'
import { administrationHttp } from './administration.ts'
import { alertsHttp } from './alerts.ts'
import { alertReceiversHttp } from './alert-receivers.ts'
import { approvalsHttp } from './approvals.ts'
import { breakGlassHttp } from './break-glass.ts'
import { attachmentsHttp } from './attachments.ts'
import { correctionsHttp } from './corrections.ts'
import { decoysHttp } from './decoys.ts'
import { engagementsHttp } from './engagements.ts'
import { evidenceHttp } from './evidence.ts'
import { findingsHttp } from './findings.ts'
import { groupsHttp } from './groups.ts'
import { installationHttp } from './installation.ts'
import { jurisdictionHttp } from './jurisdiction.ts'
import { ledgerHttp } from './ledger.ts'
import { ledgerKeysHttp } from './ledger-keys.ts'
import { mailHttp } from './mail.ts'
import { noticesHttp } from './notices.ts'
import { outgoingHttp } from './outgoing.ts'
import { packsHttp } from './packs.ts'
import { peopleHttp } from './people.ts'
import { readingsHttp } from './readings.ts'
import { receiptsHttp } from './receipts.ts'
import type { CallOf, ReplyOf } from './shape.ts'
import { type TokenArea, tokenAreas } from './token-areas.ts'
import { retentionHttp } from './retention.ts'
import { sealingHttp } from './sealing.ts'
import { testersHttp } from './testers.ts'
import { timeStampsHttp } from './time-stamps.ts'
import { testRulesHttp } from './test-rules.ts'
import { trafficHttp } from './traffic.ts'
import { witnessesHttp } from './witnesses.ts'
import { personalDataHttp } from './personal-data.ts'
import { privacyHttp } from './privacy.ts'
import { publicLogHttp } from './public-log.ts'

/** The whole API. The server serves exactly these; `GET /api/openapi.json` is made from them. */
export const http = {
  ...peopleHttp,
  ...accountHttp,
  ...engagementsHttp,
  ...testersHttp,
  ...trafficHttp,
  ...findingsHttp,
  ...attachmentsHttp,
  ...evidenceHttp,
  ...ledgerKeysHttp,
  ...receiptsHttp,
  ...ledgerHttp,
  ...packsHttp,
  ...witnessesHttp,
  ...timeStampsHttp,
  ...outgoingHttp,
  ...testRulesHttp,
  ...alertsHttp,
  ...alertReceiversHttp,
  ...publicLogHttp,
  ...readingsHttp,
  ...retentionHttp,
  ...sealingHttp,
  ...installationHttp,
  ...approvalsHttp,
  ...breakGlassHttp,
  ...jurisdictionHttp,
  ...noticesHttp,
  ...administrationHttp,
  ...mailHttp,
  ...personalDataHttp,
  ...groupsHttp,
  ...privacyHttp,
  ...correctionsHttp,
  ...decoysHttp,
} as const

const areas: { readonly [area in TokenArea]: object } = {
  engagements: engagementsHttp,
  testers: testersHttp,
  traffic: trafficHttp,
  findings: { ...findingsHttp, ...attachmentsHttp },
  evidence: evidenceHttp,
}
/** The area of an endpoint; null where access tokens have no business. */
export const areaOf = (key: EndpointKey): TokenArea | null =>
  tokenAreas.find((area) => Object.hasOwn(areas[area], key)) ?? null

export type Http = typeof http
export type EndpointKey = keyof Http
export type Call<K extends EndpointKey> = CallOf<Http[K]>
export type Reply<K extends EndpointKey> = ReplyOf<Http[K]>
