/** The page that describes the API, drawn from the service's own OpenAPI document. */

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle";
import "swagger-ui-dist/swagger-ui.css";

SwaggerUI({ url: "/api/openapi.json", dom_id: "#app", deepLinking: true });
