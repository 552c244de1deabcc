import { describe, expect, it } from 'vitest'
import { addressOf } from './call.ts'

describe('the address of a call', () => {
  it('fills the path and encodes what is put there', () => {
    expect(addressOf('GET /api/engagements/:engagementId/scope', { params: { engagementId: 'eng_1/../x' } })).toBe(
      '/api/engagements/eng_1%2F..%2Fx/scope',
    )
  })
  it('leaves empty and absent parameters out', () => {
    expect(addressOf('GET /api/engagements', { query: { search: '商城 &', limit: 20 } })).toBe(
      '/api/engagements?search=%E5%95%86%E5%9F%8E+%26&limit=20',
    )
    expect(addressOf('GET /api/engagements', { query: { search: '' } })).toBe('/api/engagements')
  })
})
