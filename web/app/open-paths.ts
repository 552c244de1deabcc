/** Pages that anybody may open; a call refused there for want of a login leads nowhere else. */
export const openPaths: readonly string[] = [
  '/sign-in',
  '/password-reset',
  '/password-lost',
  '/setup',
  '/invitations/accept',
  '/check',
]
