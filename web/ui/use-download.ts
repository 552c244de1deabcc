import type { Call } from '@zhongheng/contracts/http/index.ts'
import { App } from 'antd'
import type { MouseEvent } from 'react'
import { call } from '../api/call.ts'
import { ApiProblem } from '../api/problem.ts'
import { useLanguage } from '../i18n/index.ts'

type Check = Call<'GET /api/engagements/:engagementId/reading-check'>
type What = NonNullable<Check['query']>['what']

type Download = {
  /** For links with an address. */
  readonly link: (what: What, subject: string) => (event: MouseEvent<HTMLElement>) => void
  readonly begin: (what: What, subject: string, address: string) => void
}

/**
 * For files that count towards the budget of readings. A download cannot ask for a purpose, and would show its refusal as a bare page: so it
 * is asked before, and begun when the file will be given.
 */
export function useDownload(engagementId: string): Download {
  const { message } = App.useApp()
  const { say } = useLanguage()
  const begin: Download['begin'] = (what, subject, address) => {
    const asked = { params: { engagementId }, query: { what, subject } }
    call('GET /api/engagements/:engagementId/reading-check', asked).then(
      () => location.assign(address),
      (error: unknown) => {
        if (!(error instanceof ApiProblem)) throw error
        // Whoever was asked for a purpose and gave none knows why.
        if (error.rule !== 'READING-1') void message.error(say(error.text))
      },
    )
  }
  return {
    begin,
    link: (what, subject) => (event) => {
      event.preventDefault()
      begin(what, subject, event.currentTarget.getAttribute('href') ?? '')
    },
  }
}
