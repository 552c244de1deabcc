import { type Text, say } from '../shared/problem.ts'

/** A mail as it leaves: plain text in one language. */
export type Letter = { readonly subject: string; readonly text: string }
export type MailLine = { readonly text: Text; readonly times: number; readonly at: Date }

/** Lines that one mail holds; of more it says that there are more. */
export const mostLines = 30

/** What the bell says, and where it stands; nothing that the bell does not say. @param page address of the notices */
export function noticesLetter(lines: readonly MailLine[], locale: string, page: string): Letter {
  const zh = locale === 'zh-CN'
  const pick = ({ zh: chinese, en }: Text): string => (zh ? chinese : en)
  const shown = lines.slice(0, mostLines).map(({ text, times, at }) => {
    const often = times > 1 ? pick(say(`（${times} 次）`, ` (${times} times)`)) : ''
    return `- ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC  ${pick(text)}${often}`
  })
  if (lines.length > mostLines) shown.push(pick(say('- 还有更多', '- and more')))
  return {
    subject: pick(say('众衡：您有未读通知', 'Zhongheng: you have unread notices')),
    text: [
      pick(say('您有未读通知：', 'You have unread notices:')),
      '',
      ...shown,
      '',
      pick(say('内容请登录查看：', 'Sign in to see more:')),
      page,
      '',
      pick(
        say(
          '可在“通知”页面选择哪些通知发送邮件，或移除邮箱。',
          'On the page of notices you choose what comes by mail, or take your address away.',
        ),
      ),
      '',
    ].join('\n'),
  }
}

/** To the address before, so that nobody's mail is led elsewhere unseen (PUB-AC-09). It does not name the new one. @param page address of the own logins */
export function movedLetter(locale: string, page: string): Letter {
  const zh = locale === 'zh-CN'
  return zh
    ? {
        subject: '众衡：通知邮箱已更换',
        text: `您的账号改用了另一个通知邮箱，此后的通知不再发到这里。\n\n如果不是您本人操作，请立即登录，结束陌生的登录并更换口令，或联系本单位安全管理员：\n${page}\n`,
      }
    : {
        subject: 'Zhongheng: your mail address was changed',
        text: `Your account now has another address for notices; none will come here any more.\n\nIf that was not you, sign in at once, end the logins that you do not know and change your password, or speak to your security administrator:\n${page}\n`,
      }
}

/** The code that shows that an address is its owner's. */
export function codeLetter(code: string, locale: string): Letter {
  const zh = locale === 'zh-CN'
  return zh
    ? {
        subject: '众衡：邮箱验证码',
        text: `您的验证码：${code}\n\n在“通知”页面输入，30 分钟内有效。如果不是您本人操作，请忽略此邮件。\n`,
      }
    : {
        subject: 'Zhongheng: code for your mail address',
        text: `Your code: ${code}\n\nEnter it on the page of notices within 30 minutes. If you did not ask for it, ignore this mail.\n`,
      }
}
