/**
 * A program ends with this code when it cannot go on in this run but may in the next: the disk failed a sync, so that what
 * it holds in memory may not be what lies there. Whoever runs it starts it again at once.
 */
export const beginAnew = 75
