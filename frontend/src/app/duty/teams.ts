/** How a team is called, and by which clock it lives, for components that show several teams. */

export interface Teams {
  zone: (team: string) => string;
  name: (team: string) => string;
}
