import { newTypedCode } from './typed-code.ts'

/** The zone in which documents print times. */
export const documentZone = 'Asia/Shanghai'

/** 100 random bits in groups of five, as people type them from paper. */
export const newCheckCode = (): string => newTypedCode(20, 5)
