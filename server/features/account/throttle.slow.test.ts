import { clockAt, minutes } from '@zhongheng/domain/shared/clock.ts'
import { codeAt, enrolCodes } from '@zhongheng/testing/scenes/one-time-codes.ts'
import { openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { expect, it } from 'vitest'
import { passwordsCompared } from '../../sign-in/passwords.ts'

it('PUB-AU-01: a thousand guesses over every credential check from a hundred addresses make ten real checks', async () => {
  const clock = clockAt(new Date().toISOString())
  const stage = await openStage({ clock, settings: { trustedProxies: ['127.0.0.1'] } })
  try {
    const login = 'gao-yuan'
    const house = await stage.house('demand', '云帆', [{ login }])
    const { secret } = await enrolCodes(house.people[login] as Person, clock)
    clock.advance(30_000)
    const stranger = (): Person => new Person(stage.base, 'somebody')
    const from = (n: number) => ({ headers: { 'x-forwarded-for': `203.0.113.${n % 100}` } })
    const signIn = (secretWord: string, person = stranger(), more = {}) =>
      person.send('POST /api/sign-in', { body: { login, password: secretWord }, ...more })
    const wrongCode = String((Number(codeAt(secret, clock.now())) + 1) % 1_000_000).padStart(6, '0')
    // Somebody who has the password already, and strangers who have nothing; between them every check there is.
    const half = stranger()
    expect(await (await signIn(password, half)).json()).toMatchObject({ waitsFor: 'second_factor' })
    const before = passwordsCompared()
    const checks: ((more: object) => Promise<Response>)[] = [
      (more) => signIn('Falsch-geraten-77', stranger(), more),
      (more) => half.send('POST /api/sign-in/second-factor', { body: { code: wrongCode }, ...more }),
      (more) => half.send('POST /api/sign-in/second-factor', { body: { recoveryCode: '0000-0000-0000' }, ...more }),
    ]
    const statuses: number[] = []
    for (let n = 0; n < 1000; n += 20) {
      const some = Array.from({ length: 20 }, async (_, at) => {
        const answer = await checks[(n + at) % checks.length]?.(from(n + at))
        return answer?.status ?? 0
      })
      statuses.push(...(await Promise.all(some)))
    }
    expect(statuses.filter((status) => status === 429)).toHaveLength(990)
    expect(passwordsCompared() - before).toBeLessThanOrEqual(10)
    // The window slides: after nine minutes nothing is free yet, after ten it is.
    clock.advance(minutes(9))
    expect((await signIn(password)).status).toBe(429)
    clock.advance(minutes(1) + 1)
    expect((await signIn(password)).status).toBe(200)
  } finally {
    await stage.close()
  }
})
