import { loginWaits } from '@zhongheng/domain/access/sign-in.ts'
import { z } from 'zod'
import { LoginName, Me, NewPassword } from './people.ts'
import { Bilingual, type HttpContract, Moment, idOf, lineOf } from './shape.ts'
import { tokenAreas } from './token-areas.ts'

const Token = z.string().min(20).max(200)
const Code = z.string().regex(/^\d{6}$/)
/** A passkey's answer as the browser makes it; the library checks its parts, the size is held here. */
const Credential = z.strictObject({
  id: z.string().max(1024),
  rawId: z.string().max(1024),
  type: z.literal('public-key'),
  response: z.record(
    z.string().max(60),
    z.union([z.string().max(20_000), z.array(z.string().max(40)).max(10), z.number()]),
  ),
  clientExtensionResults: z.record(z.string().max(60), z.unknown()),
  authenticatorAttachment: z.string().max(40).optional(),
})
/** What the browser's passkey call is given, as its specification says; made by the server, read by the browser. */
const CeremonyOptions = z.strictObject({ options: z.record(z.string(), z.unknown()) })
const Codes = z.array(z.string())
const tokenScopes = tokenAreas.flatMap((area) => [`${area}:read`, `${area}:write`] as const)

export const SignedIn = z
  .strictObject({
    /** What this login waits for; null: it is whole, and `me` says who is signed in. */
    waitsFor: z.enum(loginWaits).nullable(),
    me: Me.nullable(),
  })
  .meta({ id: 'SignedIn' })
export type SignedIn = z.infer<typeof SignedIn>

export const SecurityPage = z
  .strictObject({
    password: z.strictObject({ setAt: Moment, renewBy: Moment }),
    demanded: z.boolean(),
    passkeysOffered: z.boolean(),
    code: z.strictObject({ enrolledAt: Moment }).nullable(),
    recoveryCodesLeft: z.number().int(),
    passkeys: z.array(
      z.strictObject({
        passkeyId: idOf('passkey'),
        name: z.string(),
        synced: z.boolean(),
        createdAt: Moment,
        lastUsedAt: Moment.nullable(),
      }),
    ),
    logins: z.array(
      z.strictObject({
        loginId: idOf('login'),
        current: z.boolean(),
        agent: z.string(),
        network: z.string(),
        method: z.string(),
        createdAt: Moment,
        seenAt: Moment,
        endsBy: Moment,
      }),
    ),
    tokens: z.array(
      z.strictObject({
        accessTokenId: idOf('accessToken'),
        name: z.string(),
        hint: z.string(),
        scopes: z.array(z.string()),
        createdAt: Moment,
        expiresAt: Moment,
        lastUsedAt: Moment.nullable(),
      }),
    ),
    notices: z.array(
      z.strictObject({
        noticeId: z.string(),
        kind: z.string(),
        text: Bilingual,
        agent: z.string().nullable(),
        network: z.string().nullable(),
        at: Moment,
        seen: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'SecurityPage' })
export type SecurityPage = z.infer<typeof SecurityPage>

export const OidcPage = z
  .strictObject({
    provider: z
      .strictObject({
        label: z.string(),
        issuer: z.string(),
        clientId: z.string(),
        strongValues: z.array(z.string()),
        enabled: z.boolean(),
        version: z.number().int(),
      })
      .nullable(),
    /** What the provider must be told, and the address that members use. */
    redirectAddress: z.string(),
    signInAddress: z.string(),
    identities: z.array(
      z.strictObject({
        oidcIdentityId: idOf('oidcIdentity'),
        personId: idOf('person'),
        name: z.string(),
        login: z.string(),
        subject: z.string().nullable(),
        email: z.string().nullable(),
        linkedAt: Moment.nullable(),
      }),
    ),
  })
  .meta({ id: 'OidcPage' })
export type OidcPage = z.infer<typeof OidcPage>

export const SignInRules = z
  .strictObject({
    secondFactor: z.enum(['installation', 'everybody']),
    idleMinutes: z.number().int().nullable(),
    absoluteMinutes: z.number().int().nullable(),
    /** 0 while the organisation has no rules of its own. */
    version: z.number().int(),
    installation: z.strictObject({
      secondFactor: z.enum(['required', 'optional']),
      idleMinutes: z.number().int(),
      absoluteMinutes: z.number().int(),
      passwordDays: z.number().int(),
    }),
  })
  .meta({ id: 'SignInRules' })
export type SignInRules = z.infer<typeof SignInRules>

export const accountHttp = {
  'GET /api/sign-in': {
    summary: 'What signing in offers here, and what a login that was begun waits for',
    reply: z.strictObject({
      passkeys: z.boolean(),
      waitsFor: z.enum(loginWaits).nullable(),
      /** What the waiting login may show as its second factor. */
      factors: z.array(z.enum(['code', 'passkey', 'recovery'])),
    }),
  },
  'POST /api/sign-in': {
    summary: 'Sign in with a password; the login state is a cookie, and may wait for a second factor',
    body: z.strictObject({ login: LoginName, password: z.string().min(1).max(512) }),
    reply: SignedIn,
  },
  'POST /api/sign-in/second-factor': {
    summary: 'Show the second factor: a one-time code, or a recovery code, which is then spent',
    body: z.union([z.strictObject({ code: Code }), z.strictObject({ recoveryCode: z.string().min(8).max(40) })]),
    reply: SignedIn,
  },
  'POST /api/sign-out': { summary: 'End this login', status: 204 },
  'POST /api/password-resets': {
    summary:
      'Say that a password is lost; an administrator hands out the link. The answer never says whether the name exists',
    body: z.strictObject({ login: LoginName }),
    reply: z.strictObject({ asked: z.literal(true) }),
    status: 202,
  },
  'POST /api/password-resets/use': {
    summary: 'Set a new password with the token of a link, once; the second factor stays',
    body: z.strictObject({ token: Token, password: NewPassword }),
    status: 204,
  },
  'GET /api/step-up': {
    summary: 'Whether a dangerous act may be done now, and how to confirm that it is me',
    reply: z.strictObject({ fresh: z.boolean(), code: z.boolean(), passkey: z.boolean() }),
  },
  'POST /api/step-up': {
    summary: 'Confirm that it is me by password, with a one-time code where one is enrolled; holds for five minutes',
    body: z.strictObject({ password: z.string().min(1).max(512), code: Code.optional() }),
    status: 204,
  },
  'GET /api/account/security': {
    summary: 'My password, factors, logins, tokens and what I should know of',
    reply: SecurityPage,
  },
  'POST /api/account/notices/seen': { summary: 'I have read the notices', status: 204 },
  'POST /api/account/password': {
    stepUp: true,
    summary: 'Change my password; ends all my other logins and my access tokens',
    body: z.strictObject({ current: z.string().min(1).max(512), password: NewPassword }),
    status: 204,
  },
  'POST /api/account/code': {
    stepUp: true,
    summary: 'Begin one-time codes, or replace them; the secret is shown once and counts after its first code',
    reply: z.strictObject({ secret: z.string(), address: z.string() }),
    status: 201,
  },
  'POST /api/account/code/confirmation': {
    stepUp: true,
    summary: 'Show the first code of the new secret; with the first factor of an account come its recovery codes',
    body: z.strictObject({ code: Code }),
    reply: z.strictObject({ recoveryCodes: Codes.nullable(), waitsFor: z.enum(loginWaits).nullable() }),
  },
  'DELETE /api/account/code': { stepUp: true, summary: 'Give one-time codes up', status: 204 },
  'POST /api/account/recovery-codes': {
    stepUp: true,
    summary: 'Make ten new recovery codes; the former ones end',
    reply: z.strictObject({ recoveryCodes: Codes }),
    status: 201,
  },
  'POST /api/sign-in/passkey/options': { summary: 'Begin to sign in with a passkey', reply: CeremonyOptions },
  'POST /api/sign-in/passkey': {
    summary: 'Sign in with a passkey: it counts as both factors',
    body: z.strictObject({ credential: Credential }),
    reply: SignedIn,
  },
  'POST /api/step-up/passkey/options': { summary: 'Begin to confirm by passkey that it is me', reply: CeremonyOptions },
  'POST /api/step-up/passkey': {
    summary: 'Confirm by passkey that it is me; holds for five minutes',
    body: z.strictObject({ credential: Credential }),
    status: 204,
  },
  'POST /api/account/passkeys/options': { stepUp: true, summary: 'Begin to add a passkey', reply: CeremonyOptions },
  'POST /api/account/passkeys': {
    stepUp: true,
    summary: 'Add a passkey; with the first factor of an account come its recovery codes',
    body: z.strictObject({ name: lineOf(1, 60), credential: Credential }),
    reply: z.strictObject({ recoveryCodes: Codes.nullable(), waitsFor: z.enum(loginWaits).nullable() }),
    status: 201,
  },
  'PATCH /api/account/passkeys/:passkeyId': {
    stepUp: true,
    summary: 'Rename a passkey',
    params: z.strictObject({ passkeyId: idOf('passkey') }),
    body: z.strictObject({ name: lineOf(1, 60) }),
    status: 204,
  },
  'DELETE /api/account/passkeys/:passkeyId': {
    stepUp: true,
    summary: 'Remove a passkey',
    params: z.strictObject({ passkeyId: idOf('passkey') }),
    status: 204,
  },
  'DELETE /api/account/logins/:loginId': {
    personOnly: true,
    summary: 'End one of my logins',
    params: z.strictObject({ loginId: idOf('login') }),
    status: 204,
  },
  'POST /api/account/logins/others-ended': {
    personOnly: true,
    summary: 'End all my other logins and all my access tokens',
    reply: z.strictObject({ logins: z.number().int(), tokens: z.number().int() }),
  },
  'POST /api/account/tokens': {
    stepUp: true,
    summary: 'Make an access token for a program of mine; it is shown once',
    body: z.strictObject({
      name: lineOf(1, 60),
      scopes: z.array(z.enum(tokenScopes)).min(1).max(tokenScopes.length),
      days: z.number().int().min(1).max(365),
    }),
    reply: z.strictObject({ token: z.string(), expiresAt: Moment }),
    status: 201,
  },
  'DELETE /api/account/tokens/:accessTokenId': {
    personOnly: true,
    summary: 'End an access token',
    params: z.strictObject({ accessTokenId: idOf('accessToken') }),
    status: 204,
  },
  'POST /api/password-links': {
    stepUp: true,
    summary: 'An administrator makes the one-time link with which a member sets a new password; it is shown once',
    body: z.strictObject({ login: LoginName }),
    reply: z.strictObject({ link: z.string(), expiresAt: Moment }),
    status: 201,
  },
  'GET /api/recoveries': {
    summary: 'Who asks to be helped back into an account: lost passwords, lost second factors',
    reply: z.strictObject({
      passwords: z.array(
        z.strictObject({ login: z.string(), name: z.string(), organisation: z.string(), askedAt: Moment }),
      ),
      factors: z.array(
        z.strictObject({
          factorReleaseId: idOf('factorRelease'),
          login: z.string(),
          name: z.string(),
          organisation: z.string(),
          reason: z.string(),
          askedBy: z.string(),
          askedAt: Moment,
          mayDecide: z.boolean(),
        }),
      ),
    }),
  },
  'POST /api/factor-releases': {
    stepUp: true,
    summary: 'The first of two administrators asks that a member’s lost second factor be let go',
    body: z.strictObject({ login: LoginName, reason: lineOf(10, 500) }),
    status: 204,
  },
  'POST /api/factor-releases/:factorReleaseId/decision': {
    stepUp: true,
    summary:
      'Another administrator lets the factor go, or refuses; letting go ends all logins and tokens of the member',
    params: z.strictObject({ factorReleaseId: idOf('factorRelease') }),
    body: z.strictObject({ decision: z.enum(['release', 'refuse']) }),
    status: 204,
  },
  'POST /api/sign-in/oidc': {
    summary: 'Begin to sign in by the provider of a house; the secret stays in this browser and is shown at the return',
    body: z.strictObject({ house: z.string().max(60) }),
    reply: z.strictObject({ url: z.string(), secret: z.string() }),
  },
  'POST /api/sign-in/oidc/return': {
    summary: 'Come back from the provider: code, state and issuer as it gave them, with the secret of the browser',
    body: z.strictObject({
      code: z.string().min(1).max(4000),
      state: z.string().min(1).max(4000),
      iss: z.string().max(300).optional(),
      secret: Token,
    }),
    reply: SignedIn,
  },
  'GET /api/oidc-provider': {
    summary: 'My organisation’s sign-in provider, and which of its accounts belongs to which member',
    reply: OidcPage,
  },
  'PUT /api/oidc-provider': {
    stepUp: true,
    summary: 'Name the provider; without a client secret the former one stays',
    body: z.strictObject({
      label: lineOf(1, 60),
      issuer: z.url({ protocol: /^https?$/ }).max(300),
      clientId: lineOf(1, 200),
      clientSecret: z.string().min(8).max(500).optional(),
      strongValues: z.array(z.string().regex(/^[\x21-\x7e]{1,200}$/)).max(10),
      enabled: z.boolean(),
      version: z.number().int().min(0),
    }),
    reply: OidcPage,
  },
  'POST /api/oidc-identities': {
    stepUp: true,
    summary:
      'Say which account of the provider is which member: by subject, or by verified mail address until the first sign-in',
    body: z.strictObject({
      personId: idOf('person'),
      by: z.enum(['subject', 'email']),
      value: z.string().regex(/^[\x21-\x7e]{1,255}$/),
    }),
    reply: OidcPage,
    status: 201,
  },
  'DELETE /api/oidc-identities/:oidcIdentityId': {
    stepUp: true,
    summary: 'Take an account of the provider from its member; their logins by it end',
    params: z.strictObject({ oidcIdentityId: idOf('oidcIdentity') }),
    status: 204,
  },
  'GET /api/sign-in-rules': { summary: 'My organisation’s rules of signing in', reply: SignInRules },
  'PUT /api/sign-in-rules': {
    stepUp: true,
    summary: 'Change them; an organisation may ask more than the installation, never less',
    body: z.strictObject({
      secondFactor: z.enum(['installation', 'everybody']),
      idleMinutes: z.number().int().min(5).max(1440).nullable(),
      absoluteMinutes: z.number().int().min(15).max(10_080).nullable(),
      version: z.number().int().min(0),
    }),
    reply: SignInRules,
  },
} as const satisfies HttpContract
