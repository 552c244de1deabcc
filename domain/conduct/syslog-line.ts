/** Facility 14 of RFC 5424: log alert. */
const facility = 14
const severities = { high: 2, medium: 4, low: 5, none: 6 } as const

export type SyslogGrade = keyof typeof severities

/**
 * One message of RFC 5424 without structured data: there is no registered enterprise number of ours, and the JSON says
 * it all. The message is ASCII, so it needs no byte order mark.
 * @param host a name or address of this installation @param what goes into MSGID @param json one line of ASCII
 */
export function syslogLine(given: {
  readonly grade: SyslogGrade
  readonly at: Date
  readonly host: string
  readonly what: string
  readonly json: string
}): string {
  const priority = facility * 8 + severities[given.grade]
  return `<${priority}>1 ${given.at.toISOString()} ${word(given.host, 255)} zhongheng - ${word(given.what, 32)} - ${given.json}`
}

/** A header field holds visible ASCII and has a longest length; an empty one is written as a dash. */
const word = (text: string, longest: number): string => text.replace(/[^!-~]/g, '').slice(0, longest) || '-'

/** Octet counting of RFC 6587 and RFC 5425: lines may hold anything, and a receiver knows where each ends. */
export const octetCounted = (line: string): string => `${line.length} ${line}`
