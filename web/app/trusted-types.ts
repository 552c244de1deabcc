/**
 * The content policy lets no script of the page turn text into markup or code (Trusted Types). One library of ours writes its style sheets
 * by `innerHTML` of a style element; text without `<` cannot become an element anywhere, so that alone is let through. Everything else is
 * refused by the browser with an error: code, addresses of scripts, and whatever could be markup.
 */
type Factory = { createPolicy(name: string, rules: { createHTML(text: string): string | null }): unknown }

const factory = (window as unknown as { trustedTypes?: Factory }).trustedTypes
factory?.createPolicy('default', { createHTML: (text) => (text.includes('<') ? null : text) })
