import { type Text, say } from '../shared/problem.ts'

/** What is never to be in a request where the rules say so, each seen by a detector of the same name. */
export const payloadClasses = ['write_sql', 'web_shell', 'destructive_command'] as const
export type PayloadClass = (typeof payloadClasses)[number]

/** Signals of conduct: what a tester's traffic shows that the code of conduct asks about (GBT43741-B-05 to B-10, B-12). */
export const signalKinds = [
  'flood',
  'record_drain',
  ...payloadClasses,
  'personal_id',
  'personal_phone',
  'bank_card',
] as const
export type SignalKind = (typeof signalKinds)[number]

export type SignalFacts = {
  readonly title: Text
  /** What a reader of the alert should know before judging. */
  readonly about: Text
  readonly severity: 'low' | 'medium' | 'high'
  /** Rows of the registers that it speaks to. */
  readonly clauses: readonly string[]
}

/** The signals in words, with the rows of GB/T 43741-2024 Annex B that they speak to (rows are inferred from the title). */
export const signalFacts: { readonly [kind in SignalKind]: SignalFacts } = {
  flood: {
    title: say('请求洪泛', 'Flood of requests'),
    about: say(
      '短时间内请求或被限速拒绝的次数很多，可能影响业务；高速扫描器也会如此',
      'Very many requests, or refusals by a limit, within seconds: it may disturb the service; a fast scanner looks the same',
    ),
    severity: 'high',
    clauses: ['GBT43741-B-05', 'GBT43741-B-12'],
  },
  record_drain: {
    title: say('批量获取记录', 'Records fetched in bulk'),
    about: say(
      '对同一接口逐个更换编号并成功取得大量不同记录；目录扫描和分页浏览也可能如此',
      'Many different records of one interface were fetched one id after another; paging through a list can look the same',
    ),
    severity: 'high',
    clauses: ['GBT43741-B-06'],
  },
  write_sql: {
    title: say('疑似改写数据的 SQL', 'SQL that would change data'),
    about: say(
      '请求中出现更改、删除或执行类 SQL 语句，含注释与编码变形；是否执行成功须看回答',
      'The request holds SQL that changes, deletes or executes, comments and encodings undone; whether it ran the answer must show',
    ),
    severity: 'high',
    clauses: ['GBT43741-B-07'],
  },
  web_shell: {
    title: say('疑似上传网页后门', 'Upload that looks like a web shell'),
    about: say(
      '请求内容把外来输入交给执行函数，符合网页后门的写法',
      'The request carries code that hands outside input to an executing function, as web shells do',
    ),
    severity: 'high',
    clauses: ['GBT43741-B-09'],
  },
  destructive_command: {
    title: say('疑似破坏性命令', 'Destructive command'),
    about: say(
      '请求中出现删除、格式化、关机或资源耗尽类命令',
      'The request holds a command that deletes, formats, halts or exhausts',
    ),
    severity: 'high',
    clauses: ['GBT43741-B-05', 'GBT43741-B-07'],
  },
  personal_id: {
    title: say('回答中含居民身份证号', 'Identity card numbers in an answer'),
    about: say(
      '十八位号码的地区、出生日期与校验码均相符',
      'Numbers of eighteen digits whose region, birth date and check digit all agree',
    ),
    severity: 'high',
    clauses: ['GBT43741-B-06', 'GBT43741-B-08'],
  },
  personal_phone: {
    title: say('回答中含手机号码', 'Mobile numbers in an answer'),
    about: say(
      '回答中出现多个不同的中国大陆手机号；一两个客服电话不报',
      'Several different mobile numbers of mainland China in one answer; one or two service lines do not count',
    ),
    severity: 'medium',
    clauses: ['GBT43741-B-06', 'GBT43741-B-08'],
  },
  bank_card: {
    title: say('回答中含银行卡号', 'Bank card numbers in an answer'),
    about: say(
      '卡号前缀、长度与 Luhn 校验均相符；订单号偶尔也会满足校验',
      'Prefix, length and Luhn digit all agree; now and then an order number satisfies them too',
    ),
    severity: 'high',
    clauses: ['GBT43741-B-06', 'GBT43741-B-08'],
  },
}
