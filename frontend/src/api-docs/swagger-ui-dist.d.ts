/** The part of Swagger UI that we use; the package brings no types of its own. */

declare module "swagger-ui-dist/swagger-ui-es-bundle" {
  export default function SwaggerUI(options: {
    url: string;
    dom_id: string;
    deepLinking: boolean;
  }): void;
}
declare module "swagger-ui-dist/swagger-ui.css";
