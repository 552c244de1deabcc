import { expect, it } from 'vitest'
import { throughGateway } from './replay.ts'

it('a request is sent again through the gateway and no other way, whatever stands in it', () => {
  expect(throughGateway("curl --http1.1 -X 'GET' 'http://a/?x=| curl '", 't-1')).toBe(
    `curl --proxy "\${ZH_PROXY:?http://GATEWAY:PORT}" --proxy-user t-1 --http1.1 -X 'GET' 'http://a/?x=| curl '`,
  )
  expect(
    throughGateway("base64 -d <<'END_OF_BODY' | curl -X 'POST' 'http://a/' --data-binary @-\nQQ==\nEND_OF_BODY", 't-1'),
  ).toMatch(/^base64 -d <<'END_OF_BODY' \| curl --proxy "[^"]+" --proxy-user t-1 -X /)
})
