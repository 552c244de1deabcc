/**
 * What access tokens may be given for, as scopes `area:read` and `area:write`: the tables of the contract with these names.
 * What is in no area, people and their accounts first of all, no token opens.
 */
export const tokenAreas = ['engagements', 'testers', 'traffic', 'findings', 'evidence'] as const
export type TokenArea = (typeof tokenAreas)[number]
