/** For pages: the list alone, without the shapes. */
export { home, jurisdictions } from '@zhongheng/domain/jurisdiction/codes.ts'
