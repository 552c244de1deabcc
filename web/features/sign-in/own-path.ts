/** Where to go after sign-in. Only a path of this installation: `//elsewhere` and `https:` would lead people away. */
export function ownPath(to: string | undefined): string {
  if (to === undefined || !/^\/(?![/\\])/.test(to)) return '/'
  const base = 'http://own.invalid'
  const parsed = URL.parse(to, base)
  if (parsed === null || parsed.origin !== base || parsed.pathname === '/sign-in') return '/'
  return parsed.pathname + parsed.search + parsed.hash
}
