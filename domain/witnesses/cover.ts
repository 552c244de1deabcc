/** What one witness of a rule has cosigned of late: sizes of checkpoints, in any order. */
export type Seat = { readonly name: string; readonly cosigned: readonly number[] }

/**
 * Finds the checkpoint over at least `entries` entries that most of the witnesses cosigned, the smallest of equals.
 * @returns its size (null where none of them cosigned any that covers) and who is missing on it
 */
export function bestCover(
  seats: readonly Seat[],
  entries: number,
): { readonly size: number | null; readonly count: number; readonly missing: readonly string[] } {
  const sizes = [...new Set(seats.flatMap((seat) => seat.cosigned))].filter((size) => size >= entries)
  let best: { size: number; count: number } | null = null
  for (const size of sizes.sort((a, b) => a - b)) {
    const count = seats.filter((seat) => seat.cosigned.includes(size)).length
    if (best === null || count > best.count) best = { size, count }
  }
  const missing = seats.filter((seat) => best === null || !seat.cosigned.includes(best.size)).map((seat) => seat.name)
  return { size: best?.size ?? null, count: best?.count ?? 0, missing }
}
