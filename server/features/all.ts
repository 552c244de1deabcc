import type { Feature } from '../http/registry.ts'
import { accountRoutes } from './account/routes.ts'
import { administrationRoutes } from './administration/routes.ts'
import { testRulesRoutes } from './engagements/test-rules-routes.ts'
import { approvalRoutes } from './approvals/routes.ts'
import { alertRoutes } from './alerts/routes.ts'
import { breakGlassRoutes } from './break-glass/routes.ts'
import { attachmentRoutes } from './attachments/routes.ts'
import { correctionRoutes } from './corrections/routes.ts'
import { decoyRoutes } from './decoys/routes.ts'
import { engagementRoutes } from './engagements/routes.ts'
import { evidenceRoutes } from './evidence/routes.ts'
import { groupRoutes } from './groups/routes.ts'
import { importRoutes } from './imports/routes.ts'
import { installationRoutes } from './installation/routes.ts'
import { ledgerRoutes } from './ledger/routes.ts'
import { findingRoutes } from './findings/routes.ts'
import { mailRoutes } from './mail/routes.ts'
import { noticeRoutes } from './notices/routes.ts'
import { outgoingRoutes } from './outgoing/routes.ts'
import { peopleRoutes } from './people/routes.ts'
import { testerRoutes } from './testers/routes.ts'
import { timeStampRoutes } from './time-stamps/routes.ts'
import { trafficRoutes } from './traffic/routes.ts'
import { privacyRoutes } from './privacy/routes.ts'
import { publicLogRoutes } from './public-log/routes.ts'
import { readingRoutes } from './readings/routes.ts'
import { retentionRoutes } from './retention/routes.ts'
import { sealingRoutes } from './sealing/routes.ts'
import { witnessRoutes } from './witnesses/routes.ts'

/** Every route of the product; the registry holds them to the contract. */
export const features: Feature = (deps) =>
  [
    peopleRoutes,
    accountRoutes,
    engagementRoutes,
    testerRoutes,
    trafficRoutes,
    findingRoutes,
    attachmentRoutes,
    importRoutes,
    evidenceRoutes,
    ledgerRoutes,
    witnessRoutes,
    timeStampRoutes,
    outgoingRoutes,
    testRulesRoutes,
    alertRoutes,
    publicLogRoutes,
    readingRoutes,
    retentionRoutes,
    sealingRoutes,
    installationRoutes,
    approvalRoutes,
    breakGlassRoutes,
    decoyRoutes,
    noticeRoutes,
    administrationRoutes,
    mailRoutes,
    groupRoutes,
    privacyRoutes,
    correctionRoutes,
  ].flatMap((feature) => [...feature(deps)])
