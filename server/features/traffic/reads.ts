export { type ExchangeIndexRow, capturedOf } from './captured.ts'
