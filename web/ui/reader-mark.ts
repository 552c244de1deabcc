const tile = { width: 340, height: 170 }

/** `林帆 2026-11-21 19:06 7QK39ZTM`: who, to the minute in UTC, and the code by which the reading record finds it. */
export const markText = ({ by, at, code }: { by: string; at: string; code: string }): string =>
  `${by} ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z ${code}`

/** The mark as a picture that a background repeats: `url("data:image/svg+xml,…")`. Grey, so that it shows on light and on dark. */
export function markImage(text: string): string {
  const safe = text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
  const line = (x: number, y: number): string =>
    `<text x="${x}" y="${y}" transform="rotate(-14 ${x} ${y})" font-family="sans-serif" font-size="13" fill="#808080" fill-opacity="0.17">${safe}</text>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${tile.width}" height="${tile.height}">${line(8, 78)}${line(-160, 164)}${line(180, 164)}</svg>`
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`
}
