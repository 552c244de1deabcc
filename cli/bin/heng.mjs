#!/usr/bin/env node
// The programs are TypeScript that only Node 24 runs as it stands. npm may have started us with an older one: then the
// Node that came with the dependencies takes over. No newer syntax than Node 18 knows may stand in this file.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

const oldest = 24
const current = Number(process.versions.node.split('.')[0])

function bundledNode() {
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`)
  } catch {
    return undefined
  }
}

if (current >= oldest) {
  const { main } = await import('../main.ts')
  process.exitCode = await main(process.argv.slice(2))
} else {
  const node = bundledNode()
  if (node === undefined) {
    console.error(
      `heng 需要 Node ${oldest} 或更新版本，当前为 ${process.version}，且未找到随附的 Node。请先运行 npm ci。`,
    )
    console.error(
      `heng needs Node ${oldest} or newer; this is ${process.version} and no bundled one was found. Run npm ci first.`,
    )
    process.exitCode = 2
  } else {
    const child = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' })
    process.exitCode = child.status ?? 2
  }
}
