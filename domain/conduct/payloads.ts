import type { Look } from './scan.ts'

/*
 * What is looked for in requests, over text as `Unfold` gives it: lower case, single blanks, no comments. Every quantifier is
 * bounded, so that no text takes long and the pieces it comes in make no difference.
 */

/** What stands before an injected statement: the end of a string or expression, another statement, the start of a value. */
const before = String.raw`(?:[;'")=:(&|>]|^|values?\b) ?`
const name = '[\\w.`"\\[\\]$]{1,64}'
/** What follows one: a clause, another statement, a comment, the end of a string. In prose a plain word follows. */
const after = String.raw`(?: ?(?:;|--|#|'|"|\)|&|$)| where | limit | order by | select )`

const statements = [
  `drop (?:table|database|schema|view|user|index|function|procedure|trigger)(?: if exists)? ${name}${after}`,
  `truncate(?: table)? ${name}${after}`,
  `delete from ${name}${after}`,
  `insert(?: ignore)? into ${name}(?: ?\\([^)]{1,200}\\))? ?(?:values? ?\\(|select )`,
  `update ${name} set ${name} ?=`,
  `replace into ${name}(?: ?\\([^)]{1,200}\\))? ?values? ?\\(`,
  `alter (?:table|user|database|login) ${name} (?:add|drop|modify|change|rename|set|with|identified|disable|enable)\\b`,
  `create (?:user|login|function|procedure|trigger|table)(?: if not exists)? ${name} ?(?:\\(|identified|with|as|before|after|returns|for)`,
  `grant [a-z ,]{2,60} on ${name}(?:\\*)? to `,
  `(?:exec|execute)(?: \\(?)? ?(?:master ?\\. ?)?\\.{0,2}(?:dbo\\.)?(?:xp_|sp_)[a-z]{2,30}`,
  `copy ${name} (?:from|to) program '`,
]
const anywhere = String.raw`into (?:out|dump)file ['"]`

export const writeSql: Look = {
  kind: 'write_sql',
  pattern: new RegExp(`${before}(?:${statements.join('|')})|${anywhere}`, 'g'),
  reach: 480,
  judge: ([text]) => text,
}

const input = String.raw`\$_(?:get|post|request|cookie|server|files)\b`
const runs =
  '(?:eval|assert|system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec|create_function|call_user_func(?:_array)?|preg_replace|include|require)'

const launches = '(?:getruntime ?\\( ?\\) ?\\. ?exec|processbuilder|defineclass) ?\\('
const asks = '(?:getparameter|getheader|getreader|getinputstream)'
/** A page that is run by the server begins like this; without it, code is text about code. */
const opener = /^<[?%]/

export const webShell: Look = {
  kind: 'web_shell',
  pattern: new RegExp(
    [
      '<[?%]',
      // PHP: outside input handed to something that executes it.
      `\\b${runs} ?\\(? ?[^;]{0,80}?${input}`,
      `\`[^\`]{0,80}?${input}`,
      `${input} ?\\[[^;\\]]{1,30}\\] ?\\( ?[^;]{0,40}?${input}`,
      // Java: a page that runs commands or loads classes out of a request.
      `${launches}[^]{0,120}?${asks} ?\\(`,
      `${asks} ?\\([^]{0,200}?${launches}`,
      // ASP and ASP.NET.
      '\\b(?:eval|execute|executeglobal) ?\\(? ?request',
    ].join('|'),
    'g',
  ),
  reach: 320,
  opens: ([text]) => opener.test(text),
  judge: ([text]) => text,
}

const commands = [
  'rm (?:-[a-z]{1,10} ){0,3}-[a-z]{0,6}[rf][a-z]{0,6} (?:--no-preserve-root )?(?:[/~*.$])',
  'mkfs(?:\\.[a-z0-9]{2,8})? -?[\\w/-]{1,20}',
  'dd if=[\\w/.-]{1,60} (?:[a-z]{2,8}=\\w{1,10} ){0,3}of= ?[/\\w]{1,20}',
  'shutdown (?:-[hrsfp]|[/][srf]|now)',
  '(?:reboot|poweroff|halt|init [06])(?: ?[;&|\'"`)]|$)',
  'format [a-z]:(?: [/]|;|&|$)',
  '(?:del|erase) (?:[/][fsqa] ?){1,4} ?[\\w%*:.]{1,40}',
  '(?:rd|rmdir) [/]s(?: [/]q)? ?[\\w%*:.]{1,40}',
  'kill(?:all)? -9 -1',
  'wipefs -a',
  'vssadmin delete shadows',
  'chmod -r 000 [/]',
]

export const destructiveCommand: Look = {
  kind: 'destructive_command',
  // A command stands where one can: after a separator, in a substitution, at the start of a value.
  pattern: new RegExp(
    `(?:[;&|\`=:"'(>]|\\$\\(|^) ?(?:sudo )?(?:${commands.join('|')})|: ?\\( ?\\) ?\\{ ?: ?\\| ?: ?& ?\\} ?;|> ?/dev/(?:sd|nvme|vd|hd)[a-z0-9]{1,6}`,
    'g',
  ),
  reach: 220,
  judge: ([text]) => text,
}
