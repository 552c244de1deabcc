export { rulesInForce } from './rules-in-force.ts'
