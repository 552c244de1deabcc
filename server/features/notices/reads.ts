export { unmailed } from './list-notices.ts'
