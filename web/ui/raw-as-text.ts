type Node = { type: string; value?: string; children?: Node[] }

/** Markup inside Markdown becomes the text that it is: in a report about script injection it is what the reader came for. */
export function rawAsText(): (tree: Node) => void {
  const change = (node: Node): void => {
    if (node.type === 'raw') node.type = 'text'
    node.children?.forEach(change)
  }
  return change
}
