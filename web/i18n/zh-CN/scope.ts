/** The scope tab of an engagement. */
export const scope = {}
