/** How a route of the test controls is logged and who may call it. No fault strikes it, and no journal has it. */
export function control(operation: string) {
  return {
    config: { operation, access: 'operator', shape: 'single', isVital: true, isControl: true },
    tag: 'Test controls',
  } as const
}
