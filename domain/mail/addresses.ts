import { badField, say } from '../shared/problem.ts'

const local = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * The one reading of a mail address: one `@`, a plain local part, a host name of two labels or more, in ASCII. Quotes,
 * comments, blanks, line ends, groups and lists have no place in it, so nothing after it can be read as another recipient.
 * @param text as typed, at most 254 characters @returns the address with its host in lower case
 * @throws Problem malformed naming the field
 */
export function readMailAddress(text: string, field: string): string {
  const at = text.lastIndexOf('@')
  const [name, host] = [text.slice(0, at), text.slice(at + 1).toLowerCase()]
  const labels = host.split('.')
  const good =
    at > 0 &&
    text.length <= 254 &&
    name.length <= 64 &&
    local.test(name) &&
    labels.length >= 2 &&
    labels.every((one) => label.test(one)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  if (!good)
    throw badField(
      field,
      say('须为一个普通的邮箱地址，如 name@example.com', 'one plain mail address such as name@example.com'),
      say('去掉引号、注释、空格和其他收件人', 'leave out quotes, comments, blanks and other recipients'),
    )
  return `${name}@${host}`
}
