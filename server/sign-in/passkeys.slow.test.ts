import { openBrowser, type OpenBrowser, whyNoBrowser } from '@zhongheng/testing/browser/open-browser.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/* Passkeys in a real Chromium with its virtual authenticator: what the browser signs is what the server checks. */
const noBrowser = whyNoBrowser()
if (noBrowser) console.log(`passkeys are not tried: ${noBrowser}`)

type Credential = {
  id: string
  rawId: string
  type: 'public-key'
  response: Record<string, string>
  clientExtensionResults: Record<string, never>
}
type Stored = {
  credentialId: string
  isResidentCredential: boolean
  rpId?: string
  privateKey: string
  userHandle?: string
  signCount: number
}

describe.skipIf(noBrowser)('a passkey', () => {
  let stage: Stage
  let browser: OpenBrowser
  let page: Page
  let device: CDPSession
  let authenticatorId: string
  let lin: Person
  let origin: string
  beforeAll(async () => {
    const port = await freePort(21_300)
    origin = `http://localhost:${port}`
    stage = await openStage({ settings: { port, publicUrl: origin } })
    const house = await stage.house('demand', '云帆', [{ login: 'lin-fan' }, { login: 'gao-yuan' }])
    lin = house.people['lin-fan'] as Person
    browser = await openBrowser()
    page = await browser.context.newPage()
    // An empty page at the platform's own address: the API's own answers are sandboxed and may hold no script.
    await browser.context.route('**/blank', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<title>blank</title>' }),
    )
    await page.goto(`${origin}/blank`)
    device = await browser.context.newCDPSession(page)
    await device.send('WebAuthn.enable')
    const made = await device.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    authenticatorId = made.authenticatorId
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await stage.close()
  })

  const stored = async (): Promise<Stored> => {
    const { credentials } = await device.send('WebAuthn.getCredentials', { authenticatorId })
    const [one] = credentials
    if (!one) throw new Error('the authenticator is empty')
    return one
  }
  const make = (options: object): Promise<Credential> =>
    page.evaluate(async (given) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(given as never)
      const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
      const { id, rawId, type, response } = made.toJSON() as never as Credential
      const { clientDataJSON, attestationObject } = response
      return {
        id,
        rawId,
        type,
        response: { clientDataJSON, attestationObject },
        clientExtensionResults: {},
      } as Credential
    }, options)
  const show = (options: object): Promise<Credential> =>
    page.evaluate(async (given) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given as never)
      const shown = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
      const { id, rawId, type, response } = shown.toJSON() as never as Credential
      const { clientDataJSON, authenticatorData, signature, userHandle } = response
      return {
        id,
        rawId,
        type,
        response: { clientDataJSON, authenticatorData, signature, ...(userHandle ? { userHandle } : {}) },
        clientExtensionResults: {},
      } as Credential
    }, options)
  const stranger = (): Person => new Person(stage.base, 'somebody')
  const begin = async (): Promise<object> => (await stranger().call('POST /api/sign-in/passkey/options', {})).options
  const signIn = (credential: Credential, person = stranger()) =>
    person.send('POST /api/sign-in/passkey', { body: { credential } })
  const ruleOf = async (answer: Response) => ((await answer.json()) as { rule?: string }).rule

  it('is made with step-up, once for each challenge, and brings recovery codes with it', async () => {
    const { options } = await lin.call('POST /api/account/passkeys/options', {})
    const credential = await make(options)
    const other = await Person.signIn(stage.base, 'gao-yuan', password)
    expect(await ruleOf(await other.send('POST /api/account/passkeys', { body: { name: '别人的', credential } }))).toBe(
      'PASSKEY-1',
    )
    const added = await lin.call('POST /api/account/passkeys', { body: { name: '办公电脑', credential } })
    expect(added.recoveryCodes).toHaveLength(10)
    expect(await ruleOf(await lin.send('POST /api/account/passkeys', { body: { name: '再来', credential } }))).toBe(
      'PASSKEY-1',
    )
    expect((await lin.call('GET /api/account/security', {})).passkeys).toMatchObject([
      { name: '办公电脑', lastUsedAt: null },
    ])
  })
  it('signs in by itself and counts as both factors; the password alone then waits for it', async () => {
    const person = stranger()
    const answer = await signIn(await show(await begin()), person)
    expect([answer.status, await answer.json()]).toMatchObject([200, { waitsFor: null, me: { login: 'lin-fan' } }])
    const half = stranger()
    const byPassword = await half.send('POST /api/sign-in', { body: { login: 'lin-fan', password } })
    expect(await byPassword.json()).toMatchObject({ waitsFor: 'second_factor', me: null })
    expect((await half.call('GET /api/sign-in', {})).factors).toEqual(['passkey', 'recovery'])
  })
  it('confirms a dangerous act of its own account; a password alone does not any more', async () => {
    const person = stranger()
    await signIn(await show(await begin()), person)
    expect(await ruleOf(await person.send('POST /api/step-up', { body: { password } }))).toBe('LOGIN-7')
    const { options } = await person.call('POST /api/step-up/passkey/options', {})
    const credential = await show(options)
    const gao = await Person.signIn(stage.base, 'gao-yuan', password)
    expect(await ruleOf(await gao.send('POST /api/step-up/passkey', { body: { credential } }))).toBe('PASSKEY-1')
    await person.call('POST /api/step-up/passkey', { body: { credential } })
    expect((await person.call('GET /api/step-up', {})).fresh).toBe(true)
  })
  it('counts once for each challenge, and only for a challenge of this server', async () => {
    const credential = await show(await begin())
    expect((await signIn(credential)).status).toBe(200)
    expect(await ruleOf(await signIn(credential))).toBe('PASSKEY-1')
    const foreign = await show({
      ...(await begin()),
      challenge: Buffer.from('nobody asked for this').toString('base64url'),
    })
    expect(await ruleOf(await signIn(foreign))).toBe('PASSKEY-1')
    const { options } = await lin.call('POST /api/step-up/passkey/options', {})
    expect(await ruleOf(await signIn(await show(options)))).toBe('PASSKEY-1')
  })
  it('counts only as signed: one changed bit of signature, data or key id is refused', async () => {
    const flip = (text: string): string => {
      const bytes = Buffer.from(text, 'base64url')
      const last = bytes.length - 1
      bytes.writeUInt8((bytes[last] ?? 0) ^ 1, last)
      return bytes.toString('base64url')
    }
    for (const part of ['signature', 'authenticatorData']) {
      const credential = await show(await begin())
      credential.response[part] = flip(credential.response[part] ?? '')
      expect(await ruleOf(await signIn(credential)), part).toBe('PASSKEY-1')
    }
    const credential = await show(await begin())
    expect(await ruleOf(await signIn({ ...credential, id: flip(credential.id), rawId: flip(credential.id) }))).toBe(
      'PASSKEY-1',
    )
  })
  it('of another site is refused: the browser names the origin, and the server knows its own', async () => {
    const elsewhere = await browser.context.newPage()
    const other = origin.replace('localhost', 'other.localhost')
    await elsewhere.goto(`${other}/blank`)
    const cdp = await browser.context.newCDPSession(elsewhere)
    await cdp.send('WebAuthn.enable')
    const { authenticatorId: there } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
      },
    })
    // A copy of the key, as if the browser had let the site have it: even then the origin in what is signed is another.
    const key = await stored()
    await cdp.send('WebAuthn.addCredential', {
      authenticatorId: there,
      credential: { ...key, rpId: 'other.localhost', signCount: key.signCount + 100 },
    })
    const options = { ...(await begin()), rpId: 'other.localhost' }
    const shown = await elsewhere.evaluate(async (given) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given as never)
      const made = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
      const { id, rawId, type, response } = made.toJSON() as never as Credential
      const { clientDataJSON, authenticatorData, signature } = response
      return {
        id,
        rawId,
        type,
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      } as Credential
    }, options)
    expect(Buffer.from(shown.response['clientDataJSON'] ?? '', 'base64url').toString()).toContain('other.localhost')
    expect(await ruleOf(await signIn(shown))).toBe('PASSKEY-1')
    await elsewhere.close()
  })
  it('whose counter lags behind is taken for a copy: refused, and its owner told', async () => {
    const key = await stored()
    await device.send('WebAuthn.removeCredential', { authenticatorId, credentialId: key.credentialId })
    await device.send('WebAuthn.addCredential', { authenticatorId, credential: { ...key, signCount: 0 } })
    expect(await ruleOf(await signIn(await show(await begin())))).toBe('PASSKEY-1')
    expect((await lin.call('GET /api/account/security', {})).notices.map((one) => one.kind)).toContain('passkey_copied')
    await device.send('WebAuthn.removeCredential', { authenticatorId, credentialId: key.credentialId })
    await device.send('WebAuthn.addCredential', {
      authenticatorId,
      credential: { ...key, signCount: key.signCount + 200 },
    })
    expect((await signIn(await show(await begin()))).status).toBe(200)
  })
  it('that did not check its user is refused', async () => {
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    const shown = await show({ ...(await begin()), userVerification: 'discouraged' })
    expect(await ruleOf(await signIn(shown))).toBe('PASSKEY-1')
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
  })
  it('is renamed and removed by its owner alone, and opens nothing afterwards', async () => {
    const person = stranger()
    await signIn(await show(await begin()), person)
    const passkeyId = (await person.call('GET /api/account/security', {})).passkeys[0]?.passkeyId ?? ''
    await person.call('PATCH /api/account/passkeys/:passkeyId', { params: { passkeyId }, body: { name: '旧电脑' } })
    const gao = await Person.signIn(stage.base, 'gao-yuan', password)
    expect((await gao.send('DELETE /api/account/passkeys/:passkeyId', { params: { passkeyId } })).status).toBe(404)
    await person.call('DELETE /api/account/passkeys/:passkeyId', { params: { passkeyId } })
    expect(await ruleOf(await signIn(await show(await begin())))).toBe('PASSKEY-1')
    const answer = await stranger().send('POST /api/sign-in', { body: { login: 'lin-fan', password } })
    expect(await answer.json()).toMatchObject({ waitsFor: null })
  })
  it('is not offered at an address that browsers give none to', async () => {
    const bare = await openStage({ settings: { publicUrl: 'http://127.0.0.1:7000' } })
    const person = new Person(bare.base, 'somebody')
    expect((await person.call('GET /api/sign-in', {})).passkeys).toBe(false)
    expect(await ruleOf(await person.send('POST /api/sign-in/passkey/options', {}))).toBe('PASSKEY-2')
    await bare.close()
  })
})
