import { type Text, say } from '../shared/problem.ts'

/** Longest name in UTF-16 units. */
export const longestName = 200

export type ReadName =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly why: Text; readonly fix: Text }

/**
 * Reads what somebody calls a file. The name is a label and nothing else: bytes are kept under an id, so it never becomes part of a path.
 * Refused is what would mislead a reader or a file manager: separators, control and direction signs, nothing but dots and blanks.
 */
export function readFileName(given: string): ReadName {
  const name = given.normalize('NFC').trim()
  const refuse = (why: Text, fix: Text): ReadName => ({ ok: false, why, fix })
  if (name.length > longestName)
    return refuse(
      say(`文件名最多 ${longestName} 个字符`, `a file's name has at most ${longestName} characters`),
      say('缩短文件名', 'shorten it'),
    )
  if (/[/\\]/.test(name))
    return refuse(
      say('文件名中不能有 / 或 \\', 'a file name holds no / and no \\'),
      say('只写文件名，不写路径', 'give the name without its folder'),
    )
  // Cc controls, Cf signs without a picture (direction, joiners, tags), Zl and Zp line ends, Cn and Cs no characters at all.
  // The joiner inside an emoji family is the one that people type.
  if (/[\p{Cc}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]|(?!\u200d)\p{Cf}/u.test(name))
    return refuse(
      say('文件名中有不可见字符', 'the file name holds signs that cannot be seen'),
      say('改用可见的字符', 'use visible characters'),
    )
  if (!/[\p{L}\p{N}\p{S}]/u.test(name))
    return refuse(
      say('文件名中没有文字', 'the file name has no letter'),
      say('为文件取一个名字', 'give the file a name'),
    )
  return { ok: true, name }
}

/** Names that Windows keeps for devices, with any ending. */
const devices = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** The name under which a browser may put the file on a disk. */
export const nameOnDisk = (name: string): string => {
  const plain = name
    .replaceAll(/[<>:"|?*]/g, '_')
    .replace(/[. ]+$/, '')
    .replace(/^\.+/, '_')
  return devices.test(plain) || plain === '' ? `_${plain}` : plain
}
